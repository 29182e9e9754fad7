package main

import (
	"fmt"
	"io"
)

const xinetdHead = `# Traps for xinetd, printed by klaxonctl(8): write them to /etc/xinetd.d/klaxon,
# then: pkill -HUP xinetd
`

// xinetdBlock is UNLISTED so that it holds on every host, whatever its
// /etc/services has. The limits keep one source from taking the trap away from
// all others; a pause after a flood (cps) is one second, not ten.
const xinetdBlock = `service %s
{
	type        = UNLISTED
	id          = %s
	socket_type = %s
	protocol    = %s
	port        = %d
	wait        = %s
	user        = root
	server      = %s
	server_args = %s
	per_source  = 8
	cps         = 200 1
	disable     = no
}
`

func writeXinetd(w io.Writer, s *setup) {
	io.WriteString(w, xinetdHead)
	for _, t := range s.traps {
		socket, wait := socketWords(t.Transport)
		yes := "no"
		if wait == "wait" {
			yes = "yes"
		}
		io.WriteString(w, comment(s.identNote(t)))
		id := unitName(t, "-")
		fmt.Fprintf(w, xinetdBlock, id, id, socket, t.Transport, t.Port, yes, s.program, t.Label)
	}
}
