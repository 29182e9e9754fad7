//go:build linux

package e2e

import (
	"bufio"
	"context"
	"io"
	"net"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// identModes are the ident servers that a stranger may run, each given the
// ports of the query, e.g. "512, 40000".
var identModes = map[string]func(net.Conn, string){
	// honest claims to be mallory.
	"honest": func(c net.Conn, query string) { io.WriteString(c, query+" : USERID : UNIX : mallory\r\n") },
	// silent never says a word.
	"silent": func(c net.Conn, _ string) { io.Copy(io.Discard, c) },
	// drip says the right thing, for minutes.
	"drip": func(c net.Conn, query string) {
		for _, b := range []byte(query + " : USERID : UNIX : " + strings.Repeat("slow", 200) + "\r\n") {
			if _, err := c.Write([]byte{b}); err != nil {
				return
			}
			time.Sleep(200 * time.Millisecond)
		}
	},
	// endless sends 10 MB that begin well and have no end of line.
	"endless": func(c net.Conn, query string) {
		io.WriteString(c, query+" : USERID : UNIX : ")
		for range 10 << 10 {
			if _, err := io.WriteString(c, strings.Repeat("A", 1<<10)); err != nil {
				return
			}
		}
	},
	// wrongports answers about another connection.
	"wrongports": func(c net.Conn, _ string) { io.WriteString(c, "1 , 2 : USERID : UNIX : root\r\n") },
	// binary claims a name that would clear a screen and forge a line.
	"binary": func(c net.Conn, query string) {
		io.WriteString(c, query+" : USERID : UNIX : \x1b[2J\xff\u009b root@host ALERT: \u202e\r\n")
	},
	// long claims more than fits into the line of a log.
	"long": func(c net.Conn, query string) {
		io.WriteString(c, query+" : USERID : UNIX : "+strings.Repeat("A", 400)+"\r\n")
	},
	// nothing closes before the query was read to its end.
	"nothing": nil,
	// hidden answers with an error of RFC 1413.
	"hidden": func(c net.Conn, query string) { io.WriteString(c, query+" : ERROR : HIDDEN-USER\r\n") },
}

func (s *session) identd(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg, args, 2, "identd IP MODE")
	answer, ok := identModes[args[1]]
	if !ok {
		ts.Fatalf("no ident server is %s", args[1])
	}
	var ln net.Listener
	ts.Check(s.net.Attacker(func() (err error) {
		ln, err = new(net.ListenConfig).Listen(context.Background(), "tcp", net.JoinHostPort(args[0], "113"))
		return err
	}))
	go serveIdent(ln, answer)
}

func serveIdent(ln net.Listener, answer func(net.Conn, string)) {
	for {
		conn, err := ln.Accept()
		if err != nil {
			return
		}
		go func() {
			defer conn.Close()
			if answer == nil {
				return
			}
			query, _ := bufio.NewReader(conn).ReadString('\n')
			answer(conn, strings.TrimSpace(query))
		}()
	}
}
