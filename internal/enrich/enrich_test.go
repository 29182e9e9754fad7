package enrich

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"klaxon"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// conn is a real TCP connection seen from the trap's side.
type conn struct {
	fd     int
	close  func()
	closed atomic.Bool
}

func (c *conn) FD() int { return c.fd }
func (c *conn) Close() error {
	if !c.closed.Swap(true) {
		c.close()
	}
	return nil
}

func dial(t *testing.T) (trap *conn, local, remote netip.AddrPort) {
	t.Helper()
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	client, err := net.Dial("tcp4", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	server, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	f, err := server.(*net.TCPConn).File()
	if err != nil {
		t.Fatal(err)
	}
	server.Close()
	t.Cleanup(func() { client.Close(); f.Close() })
	return &conn{fd: int(f.Fd()), close: func() { f.Close() }},
		l.Addr().(*net.TCPAddr).AddrPort(), client.LocalAddr().(*net.TCPAddr).AddrPort()
}

func touch(source string, port uint16) *klaxon.Touch {
	return &klaxon.Touch{
		Time: time.Now(), Transport: klaxon.TCP, Proof: klaxon.ProofHandshake, Service: "exec",
		Source: klaxon.Endpoint{Addr: netip.MustParseAddr(source), Port: port},
		Target: klaxon.Endpoint{Addr: netip.MustParseAddr("127.0.0.1"), Port: 512},
	}
}

type delivered struct {
	mu  sync.Mutex
	all []klaxon.Touch
}

func (d *delivered) take(t *klaxon.Touch) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.all = append(d.all, *t)
}

func (d *delivered) len() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return len(d.all)
}

// TestUnprovenIsNeverAskedAbout: a datagram's source address may be forged, so
// it must cause no query and no look-up (decision 1 of SECURITY.md's table).
func TestUnprovenIsNeverAskedAbout(t *testing.T) {
	var got delivered
	e := New(Config{
		Ident:   func(*klaxon.Touch) bool { t.Error("ident considered"); return true },
		Names:   func(context.Context, netip.Addr) (string, bool) { t.Error("name looked up"); return "", false },
		Deliver: got.take,
	})
	defer e.Close()
	udp := touch("192.0.2.1", 4000)
	udp.Transport, udp.Proof = klaxon.UDP, klaxon.ProofNone
	e.Offer(udp, nil)
	relayed := touch("192.0.2.2", 4000)
	relayed.Proof = klaxon.ProofNone
	e.Offer(relayed, nil)
	if got.len() != 2 {
		t.Errorf("%d delivered, want 2 at once", got.len())
	}
}

// TestLocalPeerIsNotAsked: the connection is closed and the touch delivered
// without an ident outcome, because the peer address is ours.
func TestLocalPeerIsNotAsked(t *testing.T) {
	c, local, remote := dial(t)
	var got delivered
	e := New(Config{Ident: func(*klaxon.Touch) bool { return true }, Deliver: got.take})
	defer e.Close()
	tt := touch("127.0.0.1", remote.Port())
	tt.Target.Port = local.Port()
	e.Offer(tt, c)
	if got.len() != 1 || got.all[0].Ident != nil {
		t.Errorf("delivered %+v", got.all)
	}
	if !c.closed.Load() {
		t.Error("the connection was left open")
	}
}

func TestNamesAreRemembered(t *testing.T) {
	var got delivered
	var asked atomic.Int32
	answer := make(chan struct{})
	e := New(Config{
		Names: func(context.Context, netip.Addr) (string, bool) {
			asked.Add(1)
			<-answer
			return "scanner.example", true
		},
		Deliver: got.take,
	})
	e.Offer(touch("192.0.2.1", 1), nil)
	e.Offer(touch("192.0.2.1", 2), nil) // while the first is under way: goes on nameless
	if got.len() != 1 || got.all[0].Source.Name != "" {
		t.Errorf("second touch waited or was named: %+v", got.all)
	}
	close(answer)
	e.wg.Wait()
	e.Offer(touch("192.0.2.1", 3), nil)
	e.Close()
	if n := asked.Load(); n != 1 {
		t.Errorf("%d look-ups for one source, want 1", n)
	}
	for _, g := range got.all[1:] {
		if g.Source.Name != "scanner.example" {
			t.Errorf("port %d: name %q", g.Source.Port, g.Source.Name)
		}
	}
}

// TestLimits: many sources at once cause at most burst look-ups, and every
// touch is delivered exactly once all the same.
func TestLimits(t *testing.T) {
	var got delivered
	var asked atomic.Int32
	e := New(Config{
		Names: func(ctx context.Context, _ netip.Addr) (string, bool) {
			asked.Add(1)
			<-ctx.Done()
			return "", false
		},
		Deliver: got.take,
	})
	const sources = 6000 // more than memoryCap
	for i := range sources {
		e.Offer(touch(fmt.Sprintf("198.51.%d.%d", i/250, i%250), 1), nil)
	}
	e.Close()
	if n := asked.Load(); n < burst || n > inFlight {
		t.Errorf("%d look-ups, want at least the burst of %d and at most %d at once", n, burst, inFlight)
	}
	if got.len() != sources {
		t.Errorf("%d delivered, want %d", got.len(), sources)
	}
	if len(e.known) > memoryCap {
		t.Errorf("%d sources remembered", len(e.known))
	}
}
