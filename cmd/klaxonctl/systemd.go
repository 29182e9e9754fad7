package main

import (
	"fmt"
	"io"

	"klaxon"
)

const systemdHead = `# Units for systemd, printed by klaxonctl(8). To write them into files:
#   klaxonctl services -systemd ... | awk '/^# \/etc\//{f=$2} f{print >f}'
#   systemctl daemon-reload
#   systemctl enable --now klaxon-tcp-tcpmux.socket ...
`

// streamUnits start one process a connection. A template of its own for each
// trap, because an instance of a shared one would not know which socket it
// came from. The trigger limit is off: it would take the trap away until
// somebody restarts the socket.
const streamUnits = `# /etc/systemd/system/%[1]s.socket
%[6]s[Unit]
Description=Klaxon trap %[2]s on %[3]s/%[4]d

[Socket]
ListenStream=%[4]d
Accept=yes
MaxConnectionsPerSource=8
TriggerLimitIntervalSec=0

[Install]
WantedBy=sockets.target

# /etc/systemd/system/%[1]s@.service
[Unit]
Description=Touch of the klaxon trap %[2]s on %[3]s/%[4]d
CollectMode=inactive-or-failed

[Service]
ExecStart=%[5]s %[2]s
StandardInput=socket

`

// datagramUnits hand over the listening socket. The start limit is off for the
// same reason as the trigger limit.
const datagramUnits = `# /etc/systemd/system/%[1]s.socket
%[6]s[Unit]
Description=Klaxon trap %[2]s on %[3]s/%[4]d

[Socket]
ListenDatagram=%[4]d
Accept=no
PassPacketInfo=yes
TriggerLimitIntervalSec=0

[Install]
WantedBy=sockets.target

# /etc/systemd/system/%[1]s.service
[Unit]
Description=Touch of the klaxon trap %[2]s on %[3]s/%[4]d
StartLimitIntervalSec=0
CollectMode=inactive-or-failed

[Service]
ExecStart=%[5]s %[2]s
StandardInput=socket

`

func writeSystemd(w io.Writer, s *setup) {
	io.WriteString(w, systemdHead)
	for _, t := range s.traps {
		units := streamUnits
		if t.Transport == klaxon.UDP {
			units = datagramUnits
		}
		fmt.Fprintf(w, units, unitName(t, "-"), t.Label, t.Transport, t.Port, s.program, comment(s.identNote(t)))
	}
}
