package listen

import (
	"context"
	"net"
	"net/netip"
	"slices"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"klaxon"
)

// patience is how long a test waits for what must come; it is never waited out
// when all is well.
const patience = 30 * time.Second

// caught is what a handler was given, with the payload copied.
type caught struct {
	klaxon.Touch
	conn Conn
}

// rig is a set whose touches go to a channel; dispose is told what becomes of
// their connections.
type rig struct {
	*Set
	got  chan caught
	stop func()
}

func armed(t *testing.T, cfg Config) *rig {
	t.Helper()
	return rigUp(t, cfg, func(c Conn) { c.Close() })
}

func rigUp(t *testing.T, cfg Config, dispose func(Conn)) *rig {
	t.Helper()
	r := &rig{got: make(chan caught, 1<<16)}
	var err error
	r.Set, err = Open(cfg, func(touch *klaxon.Touch, c Conn) {
		got := caught{*touch, c}
		if p := touch.Payload; p != nil {
			copied := *p
			copied.Sample = slices.Clone(p.Sample)
			got.Payload = &copied
		}
		r.got <- got
		dispose(c)
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.Close)
	return r
}

// run starts the loop; it ends with the test.
func (r *rig) run(t *testing.T) *rig {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- r.Run(ctx) }()
	r.stop = func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Run: %v", err)
		}
		r.stop = func() {}
	}
	t.Cleanup(func() { r.stop() })
	return r
}

func (r *rig) next(t *testing.T) caught {
	t.Helper()
	select {
	case c := <-r.got:
		return c
	case <-time.After(patience):
		t.Fatal("no touch came")
		panic("unreachable")
	}
}

// quiet ends the loop after all that waits has had its turn, and fails when a
// touch is left that no test has taken.
func (r *rig) quiet(t *testing.T) {
	t.Helper()
	r.stop()
	events := make([]unix.EpollEvent, eventBatch)
	for waits := true; waits; {
		n, err := unix.EpollWait(r.epoll, events, 0)
		if err != nil {
			t.Fatal(err)
		}
		waits = false
		for _, e := range events[:n] {
			waits = waits || e.Fd != int32(r.wake)
			r.serve(e.Fd)
		}
	}
	if n := len(r.got); n != 0 {
		t.Errorf("%d touches too many, e.g. %+v", n, <-r.got)
	}
}

// statuses returns what Status says, in short.
func (r *rig) statuses() []string {
	var s []string
	for _, st := range r.Status() {
		s = append(s, st.Transport.String()+" "+netip.AddrPortFrom(st.Addr, st.Port).String()+" "+string(st.State))
	}
	return s
}

func dialTCP(t *testing.T, from, to string) *net.TCPConn {
	t.Helper()
	d := net.Dialer{Timeout: patience}
	if from != "" {
		d.LocalAddr = net.TCPAddrFromAddrPort(netip.MustParseAddrPort(from))
	}
	c, err := d.Dial("tcp", to)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c.(*net.TCPConn)
}

func dialUDP(t *testing.T, to string, payload []byte) *net.UDPConn {
	t.Helper()
	c, err := net.Dial("udp", to)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	if _, err := c.Write(payload); err != nil {
		t.Fatal(err)
	}
	return c.(*net.UDPConn)
}

// rawConnect connects without the Go poller, from an address when one is
// given, and returns the descriptor.
func rawConnect(to, from string) (int, error) {
	target := netip.MustParseAddrPort(to)
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return -1, err
	}
	if from != "" {
		sa := &unix.SockaddrInet4{Addr: netip.MustParseAddr(from).As4()}
		if err := unix.Bind(fd, sa); err != nil {
			unix.Close(fd)
			return -1, err
		}
	}
	if err := unix.Connect(fd, &unix.SockaddrInet4{Addr: target.Addr().As4(), Port: int(target.Port())}); err != nil {
		unix.Close(fd)
		return -1, err
	}
	return fd, nil
}

func both(port uint16, label string) []Trap {
	return []Trap{{klaxon.TCP, port, label}, {klaxon.UDP, port, label}}
}

func endpoint(s net.Addr) klaxon.Endpoint {
	a := netip.MustParseAddrPort(s.String())
	return klaxon.Endpoint{Addr: a.Addr(), Port: a.Port()}
}

func check(t *testing.T, got caught, transport klaxon.Transport, source net.Addr, target string) {
	t.Helper()
	want := netip.MustParseAddrPort(target)
	if got.Transport != transport {
		t.Errorf("transport %v, want %v", got.Transport, transport)
	}
	if got.Source != endpoint(source) {
		t.Errorf("source %v, want %v", got.Source, endpoint(source))
	}
	if got.Target != (klaxon.Endpoint{Addr: want.Addr(), Port: want.Port()}) {
		t.Errorf("target %v, want %v", got.Target, want)
	}
	proof := klaxon.ProofNone
	if transport == klaxon.TCP {
		proof = klaxon.ProofHandshake
	}
	if got.Proof != proof {
		t.Errorf("proof %v, want %v", got.Proof, proof)
	}
	if (got.Payload != nil) != (transport == klaxon.UDP) {
		t.Errorf("payload %+v of a touch by %v", got.Payload, transport)
	}
	if (got.conn.FD() >= 0) != (transport == klaxon.TCP) {
		t.Errorf("descriptor %d of a touch by %v", got.conn.FD(), transport)
	}
}
