package ident

import (
	"bytes"
	"context"
	"io"
	"net"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"klaxon"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	// patient is for answers that come: longer than any noisy machine needs.
	patient = time.Minute
	// brief is for answers that do not come.
	brief = 50 * time.Millisecond
)

// serve runs an ident daemon at addr that hands each connection to answer. It
// returns the port, and a query about a connection to it from 127.0.0.1 or ::1.
func serve(t *testing.T, addr string, answer func(net.Conn)) (asker, Query) {
	t.Helper()
	var lc net.ListenConfig
	lc.SetMultipathTCP(false)
	l, err := lc.Listen(t.Context(), "tcp", net.JoinHostPort(addr, "0"))
	if err != nil {
		t.Skipf("no address %s here: %v", addr, err)
	}
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			wg.Go(func() {
				defer c.Close()
				c.SetDeadline(time.Now().Add(patient))
				answer(c)
			})
		}
	})
	t.Cleanup(func() { l.Close(); wg.Wait() })
	at := l.Addr().(*net.TCPAddr).AddrPort()
	local := netip.MustParseAddr("127.0.0.1")
	if at.Addr().Is6() {
		local = at.Addr()
	}
	return asker{port: at.Port()}, Query{
		Local:   netip.AddrPortFrom(local, 23),
		Remote:  netip.AddrPortFrom(at.Addr(), 6193),
		Timeout: patient,
	}
}

// takeQuery reads the query's line.
func takeQuery(c net.Conn) string {
	var b []byte
	for buf := make([]byte, 1); !bytes.HasSuffix(b, []byte("\n")); {
		if _, err := c.Read(buf); err != nil {
			break
		}
		b = append(b, buf...)
	}
	return string(b)
}

// untilClosed waits for the other end to give up.
func untilClosed(c net.Conn) { io.Copy(io.Discard, c) }

func say(s string) func(net.Conn) {
	return func(c net.Conn) {
		takeQuery(c)
		io.WriteString(c, s)
	}
}

func TestDaemons(t *testing.T) {
	long := strings.Repeat("u", 600)
	for _, d := range []struct {
		name    string
		answer  func(net.Conn)
		timeout time.Duration
		outcome klaxon.IdentOutcome
		claim   string
	}{
		{"honest", say("6193, 23 : USERID : UNIX : joe\r\n"), patient, "claim", "joe"},
		{"other", say("6193,23:USERID:OTHER:tok en\r\n"), patient, "claim", "tok en"},
		{"LF", say("6193,23:USERID:UNIX:joe\n"), patient, "claim", "joe"},
		{"no end of line", say("6193,23:USERID:UNIX:joe"), patient, "claim", "joe"},
		{"hidden", say("6193, 23 : ERROR : HIDDEN-USER\r\n"), patient, "hidden-user", ""},
		{"no user", say("6193, 23 : ERROR : NO-USER\r\n"), patient, "error", ""},
		{"wrong ports", say("6193, 25 : USERID : UNIX : joe\r\n"), patient, "error", ""},
		{"binary", say("\x00\xff\xfe\x01\x80\r\n"), patient, "error", ""},
		{"NUL in the claim", say("6193,23:USERID:UNIX:jo\x00e\r\n"), patient, "error", ""},
		{"terminal escapes", say("6193,23:USERID:UNIX:\x1b]0;x\x07\r\n"), patient, "claim", "\x1b]0;x\x07"},
		{"several lines", say("6193,23:USERID:UNIX:joe\r\n6193,23:USERID:UNIX:ALERT\r\n"), patient, "claim", "joe"},
		{"CR inside", say("6193,23:USERID:UNIX:joe\rALERT\r\n"), patient, "claim", "joe"},
		{"long claim", say("6193,23:USERID:UNIX:" + long + "\r\n"), patient, "claim", long[:512]},
		{"one byte at a time", func(c net.Conn) {
			takeQuery(c)
			c.(*net.TCPConn).SetNoDelay(true)
			for _, b := range []byte("6193,23:USERID:UNIX:joe\r\n") {
				c.Write([]byte{b})
			}
		}, patient, "claim", "joe"},
		{"speaks first", func(c net.Conn) {
			io.WriteString(c, "6193,23:USERID:UNIX:joe\r\n")
			takeQuery(c)
		}, patient, "claim", "joe"},
		{"10 MB in one line", func(c net.Conn) {
			takeQuery(c)
			c.Write(bytes.Repeat([]byte("6193,23:"), 10<<20/8))
		}, patient, "error", ""},
		{"closes at once", func(net.Conn) {}, patient, "no-answer", ""},
		{"resets at once", func(c net.Conn) { c.(*net.TCPConn).SetLinger(0) }, patient, "no-answer", ""},
		{"closes when asked", say(""), patient, "no-answer", ""},
		{"silent", untilClosed, brief, "no-answer", ""},
		{"half a line, then silent", func(c net.Conn) {
			say("6193,23:USERID:UNIX:j")(c)
			untilClosed(c)
		}, brief, "no-answer", ""},
		{"slow drip", func(c net.Conn) {
			takeQuery(c)
			for every := time.Tick(brief / 5); ; <-every {
				if _, err := io.WriteString(c, " "); err != nil {
					return
				}
			}
		}, brief, "no-answer", ""},
	} {
		t.Run(d.name, func(t *testing.T) {
			a, q := serve(t, "127.0.0.2", d.answer)
			q.Timeout = d.timeout
			expect(t, a.ask(t.Context(), q), d.outcome, d.claim)
		})
	}
}

func expect(t *testing.T, got klaxon.Ident, outcome klaxon.IdentOutcome, claim string) {
	t.Helper()
	if got.Outcome != outcome || string(got.Claim) != claim {
		t.Errorf("%s %q, want %s %q", got.Outcome, got.Claim, outcome, claim)
	}
}

func TestRefused(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.2:0")
	if err != nil {
		t.Skipf("no address 127.0.0.2 here: %v", err)
	}
	free := l.Addr().(*net.TCPAddr).AddrPort()
	l.Close()
	q := Query{Local: netip.MustParseAddrPort("127.0.0.1:23"), Remote: netip.AddrPortFrom(free.Addr(), 6193), Timeout: patient}
	expect(t, asker{port: free.Port()}.ask(t.Context(), q), klaxon.IdentRefused, "")
}

// TestEnds: the query leaves from the address that was contacted, and names
// the port of the machine that is asked first.
func TestEnds(t *testing.T) {
	for _, c := range []struct{ name, server, local, remote string }{
		{"IPv4", "127.0.0.2", "127.0.0.3", "127.0.0.2"},
		{"IPv4-mapped", "127.0.0.2", "::ffff:127.0.0.3", "::ffff:127.0.0.2"},
		{"IPv6", "::1", "::1", "::1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var from netip.Addr
			var query string
			a, q := serve(t, c.server, func(conn net.Conn) {
				from = conn.RemoteAddr().(*net.TCPAddr).AddrPort().Addr()
				query = takeQuery(conn)
				io.WriteString(conn, "6193,23:USERID:UNIX:joe\r\n")
			})
			q.Local = netip.AddrPortFrom(netip.MustParseAddr(c.local), 23)
			q.Remote = netip.AddrPortFrom(netip.MustParseAddr(c.remote), 6193)
			expect(t, a.ask(t.Context(), q), klaxon.IdentClaim, "joe")
			if want := q.Local.Addr().Unmap(); from != want {
				t.Errorf("asked from %s, want %s", from, want)
			}
			if query != "6193, 23\r\n" {
				t.Errorf("query %q", query)
			}
		})
	}
}

// TestLinkLocal: one end with a zone is enough.
func TestLinkLocal(t *testing.T) {
	addr := linkLocal(t)
	for _, zones := range [][2]string{{addr.Zone(), addr.Zone()}, {"", addr.Zone()}, {addr.Zone(), ""}} {
		a, q := serve(t, addr.String(), say("6193,23:USERID:UNIX:joe\r\n"))
		q.Local = netip.AddrPortFrom(addr.WithZone(zones[0]), 23)
		q.Remote = netip.AddrPortFrom(addr.WithZone(zones[1]), 6193)
		expect(t, a.ask(t.Context(), q), klaxon.IdentClaim, "joe")
	}
}

// linkLocal returns a link-local address of this machine, with its zone.
func linkLocal(t *testing.T) netip.Addr {
	ifs, err := net.Interfaces()
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range ifs {
		addrs, _ := i.Addrs()
		for _, a := range addrs {
			if p, err := netip.ParsePrefix(a.String()); err == nil && p.Addr().Is6() && p.Addr().IsLinkLocalUnicast() {
				return p.Addr().WithZone(i.Name)
			}
		}
	}
	t.Skip("no interface here has an IPv6 link-local address")
	return netip.Addr{}
}

func TestCancel(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	a, q := serve(t, "127.0.0.2", func(c net.Conn) {
		takeQuery(c)
		cancel()
		untilClosed(c)
	})
	expect(t, a.ask(ctx, q), klaxon.IdentNoAnswer, "")
	expect(t, a.ask(ctx, q), klaxon.IdentNoAnswer, "") // cancelled before it began
}

func TestCannotAsk(t *testing.T) {
	asked := func(net.Conn) { t.Error("asked from another address") }
	a, q := serve(t, "127.0.0.2", asked)
	q.Local = netip.AddrPort{}
	expect(t, a.ask(t.Context(), q), klaxon.IdentError, "")
	q.Local = netip.MustParseAddrPort("192.0.2.1:23") // not ours
	expect(t, a.ask(t.Context(), q), klaxon.IdentError, "")
}
