package listen

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"net"
	"net/netip"
	"os"
	"reflect"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"klaxon"
)

func TestOneTouchForEachContact(t *testing.T) {
	if !inNamespace(t) {
		return
	}
	ip(t, "address add 192.0.2.7/32 dev lo")
	r := armed(t, Config{Traps: both(65535, "last")})
	want := []string{
		"tcp 0.0.0.0:65535 armed", "tcp [::]:65535 armed",
		"udp 0.0.0.0:65535 armed", "udp [::]:65535 armed",
	}
	if got := r.statuses(); !reflect.DeepEqual(got, want) {
		t.Fatalf("status %q, want %q", got, want)
	}
	r.run(t)
	before := time.Now()
	for _, target := range []string{"127.0.0.1:65535", "127.0.0.9:65535", "192.0.2.7:65535", "[::1]:65535"} {
		tcp := dialTCP(t, "", target)
		got := r.next(t)
		check(t, got, klaxon.TCP, tcp.LocalAddr(), target)
		udp := dialUDP(t, target, []byte("knock\n"))
		got = r.next(t)
		check(t, got, klaxon.UDP, udp.LocalAddr(), target)
		if got.Service != "last" || got.Interface != "" {
			t.Errorf("service %q on interface %q, want last on none", got.Service, got.Interface)
		}
		if got.Time.Before(before) || got.Time.After(time.Now()) {
			t.Errorf("time %v is not that of the touch", got.Time)
		}
		neverAnswered(t, udp)
	}
	r.quiet(t)
	wantCounters := Counters{Accepted: 4, Datagrams: 4, AcceptErrors: map[string]uint64{}}
	if got := r.Counters(); !reflect.DeepEqual(got, wantCounters) {
		t.Errorf("counters %+v, want %+v", got, wantCounters)
	}
}

// neverAnswered looks for an answer or an ICMP error. Over loopback either
// would be there before the touch was told.
func neverAnswered(t *testing.T, c *net.UDPConn) {
	t.Helper()
	raw, err := c.SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	_ = raw.Control(func(fd uintptr) {
		var b [1]byte
		if n, _, err := unix.Recvfrom(int(fd), b[:], unix.MSG_DONTWAIT); err != unix.EAGAIN {
			t.Errorf("a datagram was answered: %d bytes, %v", n, err)
		}
	})
}

func TestDatagramPayload(t *testing.T) {
	if !inNamespace(t) {
		return
	}
	r := armed(t, Config{Traps: both(69, "tftp")}).run(t)
	for _, size := range []int{0, 1, sampleCap, sampleCap + 1, 65507} {
		payload := bytes.Repeat([]byte{0, 0xff, '\n'}, size/3+1)[:size]
		dialUDP(t, "127.0.0.1:69", payload)
		got := r.next(t).Payload
		want := &klaxon.Payload{
			Sample:    payload[:min(size, sampleCap)],
			Len:       size,
			SHA256:    sha256.Sum256(payload),
			Truncated: size > sampleCap,
		}
		if !bytes.Equal(got.Sample, want.Sample) {
			t.Errorf("%d bytes: sample of %d bytes is not their beginning", size, len(got.Sample))
		}
		got.Sample, want.Sample = nil, nil
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%d bytes: payload %+v, want %+v", size, got, want)
		}
	}
	r.quiet(t)
}

func TestResetBeforeAccept(t *testing.T) {
	if !inNamespace(t) {
		return
	}
	r := armed(t, Config{Traps: both(79, "finger")})
	c := dialTCP(t, "127.0.0.5:4079", "127.0.0.6:79")
	if err := c.SetLinger(0); err != nil {
		t.Fatal(err)
	}
	source := c.LocalAddr()
	c.Close() // sends RST
	r.run(t)
	check(t, r.next(t), klaxon.TCP, source, "127.0.0.6:79")
	r.quiet(t)
}

func TestLostDatagramsAreCounted(t *testing.T) {
	if !inNamespace(t) {
		return
	}
	r := armed(t, Config{Traps: both(161, "snmp"), Addrs: []netip.Addr{netip.MustParseAddr("127.0.0.1")}})
	trap := int(socketsAt(r, "127.0.0.1", 161)[klaxon.UDP].fd)
	if err := unix.SetsockoptInt(trap, unix.SOL_SOCKET, unix.SO_RCVBUF, 4096); err != nil {
		t.Fatal(err)
	}
	c := dialUDP(t, "127.0.0.1:161", []byte("x"))
	const sent = 500
	for range sent - 3 {
		if _, err := c.Write([]byte("x")); err != nil {
			t.Fatal(err)
		}
	}
	r.run(t)
	// A flood may end with those that are lost: no datagram comes after them.
	until(t, func() bool {
		n := r.Counters()
		return n.Lost > 0 && n.Datagrams+n.Lost == sent-2
	})
	// What comes with later ones must not count the lost again.
	for i := range 2 {
		if _, err := c.Write([]byte("x")); err != nil {
			t.Fatal(err)
		}
		until(t, func() bool {
			n := r.Counters()
			return n.Datagrams+n.Lost >= uint64(sent-1+i)
		})
	}
	r.stop()
	if n := r.Counters(); n.Datagrams+n.Lost != sent {
		t.Errorf("%+v: told and lost are not the %d sent", n, sent)
	}
}

func TestBroadcastAndMulticastAreNoTouch(t *testing.T) {
	if !inNamespace(t) {
		return
	}
	veth(t)
	ip(t, "address add 192.0.2.1/24 broadcast 192.0.2.255 dev e0")
	ip(t, "address add fe80::1/64 dev e0 nodad")
	ip(t, "route add default dev e0")
	// A socket of the service manager may take both families at once.
	dual := listenRaw(t, unix.AF_INET6, unix.SOCK_DGRAM, 138, false)
	r := armed(t, Config{Traps: both(137, "netbios-ns"), Inherited: []*os.File{dual}}).run(t)
	targets := []string{
		"192.0.2.255:137", "255.255.255.255:137", "224.0.0.1:137", "[ff02::1%e0]:137",
		"192.0.2.255:138", "255.255.255.255:138", "[ff02::1%e0]:138",
	}
	for _, target := range targets {
		dialUDP(t, target, []byte("who is there"))
	}
	for _, target := range []string{"192.0.2.1:137", "192.0.2.1:138"} {
		c := dialUDP(t, target, []byte("you"))
		check(t, r.next(t), klaxon.UDP, c.LocalAddr(), target)
	}
	// Sockets take their turns in any order: the count may come a little later.
	until(t, func() bool { return r.Counters().NotTouch == uint64(len(targets)) })
	r.quiet(t)
	if n := r.Counters(); n.NotTouch != uint64(len(targets)) || n.Datagrams != 2 {
		t.Errorf("%+v, want %d datagrams for many and 2 for us", n, len(targets))
	}
}

// until yields until cond holds.
func until(t *testing.T, cond func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !cond(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("what was waited for did not come")
		}
	}
}

func TestLinkLocalHasZoneAndInterface(t *testing.T) {
	if !inNamespace(t) {
		return
	}
	veth(t)
	ip(t, "address add fe80::1/64 dev e0 nodad")
	ip(t, "address add 169.254.9.9/16 dev e0")
	r := armed(t, Config{Traps: both(23, "telnet")}).run(t)
	for _, target := range []string{"[fe80::1%e0]:23", "169.254.9.9:23"} {
		c := dialTCP(t, "", target)
		got := r.next(t)
		check(t, got, klaxon.TCP, c.LocalAddr(), target)
		if got.Target.Addr.Is6() && got.Interface != "e0" {
			t.Errorf("%s over TCP: interface %q, want e0", target, got.Interface)
		}
		u := dialUDP(t, target, nil)
		u.Write([]byte("x"))
		r.next(t) // the empty one
		got = r.next(t)
		check(t, got, klaxon.UDP, u.LocalAddr(), target)
		if got.Interface != "e0" {
			t.Errorf("%s over UDP: interface %q, want e0", target, got.Interface)
		}
	}
	r.quiet(t)
}

func TestInheritedSockets(t *testing.T) {
	if !inNamespace(t) {
		return
	}
	files := []*os.File{
		listenRaw(t, unix.AF_INET6, unix.SOCK_STREAM, 512, false),
		listenRaw(t, unix.AF_INET6, unix.SOCK_DGRAM, 512, false),
		listenRaw(t, unix.AF_INET, unix.SOCK_STREAM, 513, false),
		listenRaw(t, unix.AF_INET6, unix.SOCK_DGRAM, 514, true),
	}
	cfg := Config{
		Traps:     both(512, "exec"), // what the service manager gave is not opened again
		Inherited: files,
		Label: func(tr klaxon.Transport, port uint16) string {
			if port == 513 {
				return "login"
			}
			return ""
		},
	}
	r := armed(t, cfg)
	for _, f := range files {
		f.Close()
	}
	want := []string{
		"tcp [::]:512 armed", "tcp 0.0.0.0:513 armed", "udp [::]:512 armed", "udp [::]:514 armed",
	}
	if got := r.statuses(); !reflect.DeepEqual(got, want) {
		t.Fatalf("status %q, want %q", got, want)
	}
	r.run(t)
	labels := map[string]string{
		"127.0.0.1:512": "tcp/512", "[::1]:512": "tcp/512", "127.0.0.1:513": "login",
	}
	for target, label := range labels {
		c := dialTCP(t, "", target)
		got := r.next(t)
		check(t, got, klaxon.TCP, c.LocalAddr(), target)
		if got.Service != label {
			t.Errorf("%s is %q, want %q", target, got.Service, label)
		}
	}
	for _, target := range []string{"127.0.0.1:512", "[::1]:512", "[::1]:514"} {
		c := dialUDP(t, target, []byte("x"))
		check(t, r.next(t), klaxon.UDP, c.LocalAddr(), target)
	}
	// A reload leaves them.
	if _, err := r.Apply(Config{}); err != nil {
		t.Fatal(err)
	}
	if got := r.statuses(); !reflect.DeepEqual(got, want) {
		t.Errorf("after a reload: status %q, want %q", got, want)
	}
	r.quiet(t)
}

func TestInheritedSocketsThatAreNoTraps(t *testing.T) {
	unixSocket, err := net.Listen("unix", t.TempDir()+"/s")
	if err != nil {
		t.Fatal(err)
	}
	defer unixSocket.Close()
	socketFile, err := unixSocket.(*net.UnixListener).File()
	if err != nil {
		t.Fatal(err)
	}
	pipe, other, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	fresh, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM, 0)
	if err != nil {
		t.Fatal(err)
	}
	idle, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM, 0)
	if err != nil {
		t.Fatal(err)
	}
	if err := unix.Bind(idle, &unix.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}); err != nil {
		t.Fatal(err)
	}
	closed, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	closed.Close()
	for _, f := range []*os.File{
		socketFile, pipe, closed,
		os.NewFile(uintptr(fresh), "not bound"), os.NewFile(uintptr(idle), "not listening"),
	} {
		if _, err := Open(Config{Inherited: []*os.File{f}}, nil); err == nil {
			t.Errorf("%s was taken for a trap", f.Name())
		}
		f.Close()
	}
	mptcp, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM, unix.IPPROTO_MPTCP)
	if errors.Is(err, unix.EPROTONOSUPPORT) || errors.Is(err, unix.ENOPROTOOPT) {
		t.Skip("the kernel has no MPTCP to refuse")
	}
	if err != nil {
		t.Fatal(err)
	}
	if err := unix.Listen(mptcp, 1); err != nil {
		t.Fatal(err)
	}
	f := os.NewFile(uintptr(mptcp), "mptcp")
	defer f.Close()
	if _, err := Open(Config{Inherited: []*os.File{f}}, nil); err == nil {
		t.Error("an MPTCP socket was taken for a trap")
	}
}

// listenRaw binds as a service manager does.
func listenRaw(t *testing.T, family, kind int, port uint16, v6only bool) *os.File {
	t.Helper()
	fd, err := unix.Socket(family, kind, 0)
	if err != nil {
		t.Fatal(err)
	}
	var sa unix.Sockaddr = &unix.SockaddrInet4{Port: int(port)}
	if family == unix.AF_INET6 {
		sa = &unix.SockaddrInet6{Port: int(port)}
		only := map[bool]int{true: 1}[v6only]
		if err := unix.SetsockoptInt(fd, unix.IPPROTO_IPV6, unix.IPV6_V6ONLY, only); err != nil {
			t.Fatal(err)
		}
	}
	if err := unix.Bind(fd, sa); err != nil {
		t.Fatal(err)
	}
	if kind == unix.SOCK_STREAM {
		if err := unix.Listen(fd, 16); err != nil {
			t.Fatal(err)
		}
	}
	f := os.NewFile(uintptr(fd), "inherited")
	t.Cleanup(func() { f.Close() })
	return f
}
