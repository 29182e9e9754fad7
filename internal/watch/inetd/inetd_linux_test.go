package inetd

import (
	"net"
	"net/netip"
	"slices"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"klaxon"
)

// descriptor returns the descriptor of a socket as inetd would leave it:
// blocking, and not known to the runtime's poller.
func descriptor(t *testing.T, c interface {
	SyscallConn() (syscall.RawConn, error)
}) int {
	t.Helper()
	raw, err := c.SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	fd := -1
	if err := raw.Control(func(f uintptr) { fd, err = unix.Dup(int(f)) }); err != nil {
		t.Fatal(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { unix.Close(fd) })
	return fd
}

// collected copies what Touches delivers.
type collected struct {
	touches []klaxon.Touch
	conns   []int
}

func (c *collected) take(t *klaxon.Touch, conn int) {
	touch := *t
	if t.Payload != nil {
		p := *t.Payload
		p.Sample = slices.Clone(p.Sample)
		touch.Payload = &p
	}
	c.touches = append(c.touches, touch)
	c.conns = append(c.conns, conn)
}

func open(t *testing.T, fd int, kind Kind) *Socket {
	t.Helper()
	s, err := Open(fd)
	if err != nil {
		t.Fatal(err)
	}
	if s.Kind != kind {
		t.Fatalf("kind %d, want %d", s.Kind, kind)
	}
	return s
}

// pair connects over loopback and returns the trap's end.
func pair(t *testing.T, network, addr string) (client *net.TCPConn, trap int) {
	t.Helper()
	l, err := net.Listen(network, addr)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	c, err := net.Dial(network, l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	accepted, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer accepted.Close()
	return c.(*net.TCPConn), descriptor(t, accepted.(*net.TCPConn))
}

func TestStream(t *testing.T) {
	for _, c := range []struct{ network, addr, want string }{
		{"tcp4", "127.0.0.1:0", "127.0.0.1"},
		{"tcp6", "[::1]:0", "::1"},
	} {
		client, fd := pair(t, c.network, c.addr)
		var got collected
		if rest, err := open(t, fd, Stream).Touches("exec", got.take); err != nil || rest != 0 {
			t.Fatal(rest, err)
		}
		touch := got.touches[0]
		local := client.LocalAddr().(*net.TCPAddr).AddrPort()
		remote := client.RemoteAddr().(*net.TCPAddr).AddrPort()
		if touch.Source.Addr.String() != c.want || touch.Source.Port != local.Port() || touch.Target.Port != remote.Port() ||
			touch.Target.Addr.String() != c.want || touch.Proof != klaxon.ProofHandshake || touch.Service != "exec" || got.conns[0] != fd {
			t.Errorf("%+v", touch)
		}
	}
}

// TestMapped: a dual-stack socket shows IPv4 sources as mapped addresses, we do
// not.
func TestMapped(t *testing.T) {
	l, err := net.Listen("tcp", "[::]:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	c, err := net.Dial("tcp4", netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), uint16(l.Addr().(*net.TCPAddr).Port)).String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	accepted, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer accepted.Close()
	var got collected
	if _, err := open(t, descriptor(t, accepted.(*net.TCPConn)), Stream).Touches("exec", got.take); err != nil {
		t.Fatal(err)
	}
	if a := got.touches[0].Source.Addr; !a.Is4() || got.touches[0].Target.Addr.Is6() {
		t.Errorf("%+v", got.touches[0])
	}
}

// TestReset: getpeername knows nobody any more, SO_PEERNAME does.
func TestReset(t *testing.T) {
	for _, c := range []struct{ network, addr string }{{"tcp4", "127.0.0.1:0"}, {"tcp6", "[::1]:0"}} {
		client, fd := pair(t, c.network, c.addr)
		want := client.LocalAddr().(*net.TCPAddr).AddrPort()
		if err := client.SetLinger(0); err != nil {
			t.Fatal(err)
		}
		client.Close()
		fds := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}
		if n, err := unix.Poll(fds, 10_000); n != 1 || err != nil {
			t.Fatal(n, err)
		}
		if _, err := unix.Getpeername(fd); err != unix.ENOTCONN {
			t.Fatalf("%s: getpeername: %v, want ENOTCONN", c.network, err)
		}
		var got collected
		if _, err := open(t, fd, Stream).Touches("exec", got.take); err != nil {
			t.Fatalf("%s: %v", c.network, err)
		}
		if s := got.touches[0].Source; s.Addr != want.Addr() || s.Port != want.Port() {
			t.Errorf("%s: %+v, want %v", c.network, s, want)
		}
	}
}

// TestListening and TestDatagrams end by two seconds of silence.
func TestListening(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	fd := descriptor(t, l.(*net.TCPListener))
	for range 3 {
		c, err := net.Dial("tcp4", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
	}
	var got collected
	if rest, err := open(t, fd, Listening).Touches("exec", got.take); err != nil || rest != 0 || len(got.touches) != 3 {
		t.Fatal(rest, err, len(got.touches))
	}
}

func TestDatagrams(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ network, bind, to string }{
		{"udp4", "0.0.0.0:0", "127.0.0.1"}, {"udp4", "0.0.0.0:0", "127.9.9.9"}, {"udp6", "[::]:0", "::1"}, {"udp", "[::]:0", "127.0.0.1"},
	} {
		t.Run(c.network+c.bind+c.to, func(t *testing.T) {
			t.Parallel()
			u, err := net.ListenPacket(c.network, c.bind)
			if err != nil {
				t.Fatal(err)
			}
			defer u.Close()
			port := u.LocalAddr().(*net.UDPAddr).Port
			// Before the trap is started: without the option, as under inetd.
			client, err := net.DialUDP("udp", nil, &net.UDPAddr{IP: net.ParseIP(c.to), Port: port})
			if err != nil {
				t.Fatal(err)
			}
			defer client.Close()
			const sent = 150
			for i := range sent {
				if _, err := client.Write(make([]byte, i*3)); err != nil {
					t.Fatal(err)
				}
			}
			var got collected
			rest, err := open(t, descriptor(t, u.(*net.UDPConn)), Datagram).Touches("tftp", got.take)
			if err != nil || len(got.touches) != maxTouches || rest != sent-maxTouches {
				t.Fatal(err, len(got.touches), rest)
			}
			for i, touch := range got.touches {
				if touch.Target.Addr.String() != c.to || int(touch.Target.Port) != port || touch.Proof != klaxon.ProofNone ||
					touch.Payload.Len != i*3 || touch.Payload.Truncated != (i*3 > maxSample) || got.conns[i] != -1 {
					t.Fatalf("datagram %d: %+v %+v", i, touch, touch.Payload)
				}
			}
		})
	}
}

func TestOpenRefuses(t *testing.T) {
	if _, err := Open(-1); err != ErrNotSocket {
		t.Error(err)
	}
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fds[0])
	defer unix.Close(fds[1])
	if _, err := Open(fds[0]); err != errFamily {
		t.Error(err)
	}
	if !IsSocket(fds[0]) {
		t.Error("a unix socket is a socket")
	}
}

func TestGroupCast(t *testing.T) {
	s := &Socket{broadcast: []netip.Addr{netip.MustParseAddr("10.9.0.255")}}
	for addr, want := range map[string]bool{
		"224.0.0.1": true, "255.255.255.255": true, "10.9.0.255": true, "ff02::1": true, "10.9.1.255": false, "10.9.0.1": false, "::1": false,
	} {
		if got := s.isGroupCast(netip.MustParseAddr(addr)); got != want {
			t.Errorf("%s: %v", addr, got)
		}
	}
	if got := last(netip.MustParsePrefix("10.9.4.7/22")).String(); got != "10.9.7.255" {
		t.Errorf("last: %s", got)
	}
}
