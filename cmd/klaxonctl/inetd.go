package main

import (
	"fmt"
	"io"
	"strconv"

	"klaxon/internal/services"
)

const inetdHead = `# Traps for inetd.conf, printed by klaxonctl(8). Append them, then: pkill -HUP inetd
# Keep them few: openbsd-inetd disarms a service after 256 starts a minute,
# inetutils-inetd after 40 (systemd, unless told otherwise, after 200 in 2 s).
# klaxond(8) is the answer for many ports.
# IPv6: openbsd-inetd serves both families as it is, inetutils-inetd with tcp6
# and udp6 in place of tcp and udp; elsewhere repeat the lines with tcp6 and udp6.
`

// rpcHead stands before lines that exclude a trap on port 111: inetd registers
// RPC programs with a portmapper, which then holds that port.
const rpcHead = `# RPC programs ring too, where a real portmapper runs (then leave sunrpc out):
`

func writeInetd(w io.Writer, s *setup) {
	io.WriteString(w, inetdHead)
	for _, t := range s.traps {
		io.WriteString(w, comment(s.identNote(t)))
		name, missing := s.firstColumn(t)
		io.WriteString(w, comment(missing))
		socket, wait := socketWords(t.Transport)
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\troot\t%s\t%s %s\n", name, socket, t.Transport, wait, s.program, s.argv0(), t.Label)
	}
	if !s.hasSunrpc() {
		return
	}
	io.WriteString(w, rpcHead)
	for _, p := range services.RPCPrograms() {
		fmt.Fprintf(w, "#%s/%s\tdgram\trpc/udp\twait\troot\t%s\t%s %s\n", p.Name, p.Versions, s.program, s.argv0(), p.Name)
	}
}

// firstColumn returns what inetd can resolve to the trap's port: a name that
// the host knows for it, else the number. In the second case missing tells how
// to teach the host the name, unless the catalogue has none either.
func (s *setup) firstColumn(t services.Trap) (name, missing string) {
	if name, ok := s.host.Name(t.Transport, t.Port, t.Label); ok {
		return name, ""
	}
	if t.Label != strconv.Itoa(int(t.Port)) {
		missing = fmt.Sprintf("%s is not in %s, hence the number; to use the name, add there: %s %d/%s",
			t.Label, s.file, t.Label, t.Port, t.Transport)
	}
	return fmt.Sprint(t.Port), missing
}
