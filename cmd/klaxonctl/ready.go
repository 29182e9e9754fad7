package main

import (
	"fmt"
	"path"
	"strings"

	"klaxon"
	"klaxon/internal/services"
	"klaxon/internal/services/grade"
)

// argv0 is the name under which klaxon is started.
func (s *setup) argv0() string { return path.Base(s.program) }

// hasSunrpc tells whether the portmapper is among the traps.
func (s *setup) hasSunrpc() bool {
	for _, t := range s.traps {
		if t.Label == "sunrpc" {
			return true
		}
	}
	return false
}

// identNote is the warning for a service whose peers are better not asked, ""
// when there is none.
func (s *setup) identNote(t services.Trap) string {
	if !s.ident {
		return ""
	}
	switch grade.Of(t.Transport, t.Port) {
	case grade.Never:
		return fmt.Sprintf("%s: ident is never asked here: the query itself could start a loop", t.Label)
	case grade.Discouraged:
		return fmt.Sprintf("%s: ident is discouraged here: honest clients may take the query amiss", t.Label)
	}
	return ""
}

// comment returns text as a line of comment, "" for no text.
func comment(text string) string {
	if text == "" {
		return ""
	}
	return "# " + text + "\n"
}

// unitName names a trap's files. One name may stand for a service of each
// transport, hence the prefix.
func unitName(t services.Trap, separator string) string {
	return strings.Join([]string{"klaxon", t.Transport.String(), t.Label}, separator)
}

// socketWords are the words of inetd.conf and its kin.
func socketWords(tr klaxon.Transport) (socket, wait string) {
	if tr == klaxon.UDP {
		return "dgram", "wait"
	}
	return "stream", "nowait"
}
