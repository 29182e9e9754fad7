package listen

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/netip"
	"os"
	"reflect"
	"strings"
	"sync"
	"syscall"
	"testing"

	"klaxon"
)

func addrs(s ...string) []netip.Addr {
	var a []netip.Addr
	for _, x := range s {
		a = append(a, netip.MustParseAddr(x))
	}
	return a
}

// occupy takes a port as a real service does.
func occupy(t *testing.T, network, addr string) (release func()) {
	t.Helper()
	var c interface{ Close() error }
	var err error
	if strings.HasPrefix(network, "tcp") {
		c, err = net.Listen(network, addr)
	} else {
		c, err = net.ListenPacket(network, addr)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return func() { c.Close() }
}

func TestHeldOnOneAddressAlone(t *testing.T) {
	if !inNamespace(t) {
		return
	}
	ip(t, "address add 192.0.2.1/32 dev lo")
	releases := []func(){
		occupy(t, "tcp4", "127.0.0.1:80"), occupy(t, "udp4", "127.0.0.1:80"), occupy(t, "tcp6", "[::1]:80"),
	}
	r := armed(t, Config{Traps: both(80, "http")})
	want := []string{
		"tcp 127.0.0.1:80 held", "tcp 192.0.2.1:80 armed", "tcp [::1]:80 held",
		"udp 127.0.0.1:80 held", "udp 192.0.2.1:80 armed", "udp [::]:80 armed",
	}
	if got := r.statuses(); !reflect.DeepEqual(got, want) {
		t.Fatalf("status %q, want %q", got, want)
	}
	r.run(t)
	touchBoth(t, r, "192.0.2.1:80")

	kept := socketsAt(r, "192.0.2.1", 80)
	if _, err := r.Apply(Config{Traps: both(80, "http")}); err != nil {
		t.Fatal(err)
	}
	if got := socketsAt(r, "192.0.2.1", 80); len(kept) != 2 || !maps.Equal(got, kept) {
		t.Errorf("a reload that changes nothing gives sockets %v, want the same %v", got, kept)
	}

	ip(t, "address add 192.0.2.2/32 dev lo") // comes later
	releases[0]()
	releases[1]()
	r.Retry()
	want = []string{
		"tcp 127.0.0.1:80 armed", "tcp 192.0.2.1:80 armed", "tcp 192.0.2.2:80 armed", "tcp [::1]:80 held",
		"udp 127.0.0.1:80 armed", "udp 192.0.2.1:80 armed", "udp 192.0.2.2:80 armed", "udp [::]:80 armed",
	}
	if got := r.statuses(); !reflect.DeepEqual(got, want) {
		t.Fatalf("status after Retry %q, want %q", got, want)
	}
	touchBoth(t, r, "127.0.0.1:80")
	touchBoth(t, r, "192.0.2.2:80")
	r.quiet(t)
}

func touchBoth(t *testing.T, r *rig, target string) {
	t.Helper()
	tcp := dialTCP(t, "", target)
	check(t, r.next(t), klaxon.TCP, tcp.LocalAddr(), target)
	udp := dialUDP(t, target, []byte("x"))
	check(t, r.next(t), klaxon.UDP, udp.LocalAddr(), target)
}

func TestHeldStatusNamesTheHolder(t *testing.T) {
	if !inNamespace(t) {
		return
	}
	ip(t, "address add 192.0.2.1/32 dev lo")
	ip(t, "address add 2001:db8::1/128 dev lo nodad")
	occupy(t, "tcp", ":22") // one socket for both families
	occupy(t, "udp4", "127.0.0.1:53")
	r := armed(t, Config{Traps: append(both(22, "ssh"), both(53, "domain")...)})
	comm, err := os.ReadFile("/proc/self/comm")
	if err != nil {
		t.Fatal(err)
	}
	me := fmt.Sprintf("%s[%d]", strings.TrimSpace(string(comm)), os.Getpid())
	var held []string
	for _, st := range r.Status() {
		if st.State != StateHeld {
			continue
		}
		held = append(held, st.Transport.String()+" "+netip.AddrPortFrom(st.Addr, st.Port).String())
		if st.Holder != me {
			t.Errorf("%v is held by %q, want %q", st, st.Holder, me)
		}
		if !errors.Is(st.Err, syscall.EADDRINUSE) {
			t.Errorf("error %v, want EADDRINUSE", st.Err)
		}
	}
	want := []string{"tcp 0.0.0.0:22", "tcp [::]:22", "udp 127.0.0.1:53"}
	if !reflect.DeepEqual(held, want) {
		t.Errorf("held %q, want %q", held, want)
	}
}

// A trap must not listen beside a service, whatever options that has set.
func TestNeverSharesAPort(t *testing.T) {
	if !inNamespace(t) {
		return
	}
	lc := net.ListenConfig{Control: func(_, _ string, c syscall.RawConn) error {
		return c.Control(func(fd uintptr) {
			for _, opt := range []int{syscall.SO_REUSEADDR, 0xf /* SO_REUSEPORT */} {
				if err := syscall.SetsockoptInt(int(fd), syscall.SOL_SOCKET, opt, 1); err != nil {
					t.Error(err)
				}
			}
		})
	}}
	tcp, err := lc.Listen(context.Background(), "tcp4", ":5353")
	if err != nil {
		t.Fatal(err)
	}
	defer tcp.Close()
	udp, err := lc.ListenPacket(context.Background(), "udp4", ":5353")
	if err != nil {
		t.Fatal(err)
	}
	defer udp.Close()
	r := armed(t, Config{Traps: both(5353, "mdns"), Addrs: addrs("0.0.0.0")})
	want := []string{"tcp 127.0.0.1:5353 held", "udp 127.0.0.1:5353 held"}
	if got := r.statuses(); !reflect.DeepEqual(got, want) {
		t.Errorf("status %q, want %q", got, want)
	}
}

func TestNamedAddresses(t *testing.T) {
	if !inNamespace(t) {
		return
	}
	r := armed(t, Config{Traps: both(21, "ftp"), Addrs: addrs("127.0.0.2", "::1", "192.0.2.1")})
	want := []string{
		"tcp 127.0.0.2:21 armed", "tcp 192.0.2.1:21 denied", "tcp [::1]:21 armed",
		"udp 127.0.0.2:21 armed", "udp 192.0.2.1:21 denied", "udp [::1]:21 armed",
	}
	if got := r.statuses(); !reflect.DeepEqual(got, want) {
		t.Fatalf("status %q, want %q", got, want)
	}
	ip(t, "address add 192.0.2.1/32 dev lo")
	r.Retry()
	r.run(t)
	touchBoth(t, r, "192.0.2.1:21")
	touchBoth(t, r, "127.0.0.2:21")
	r.quiet(t)
}

func TestApplyKeepsClosesAndOpens(t *testing.T) {
	if !inNamespace(t) {
		return
	}
	first := Config{Traps: append(both(1001, "one"), both(1002, "two")...), Addrs: addrs("127.0.0.1", "127.0.0.2")}
	r := armed(t, first).run(t)
	kept := socketsAt(r, "127.0.0.1", 1002)

	bad := first
	bad.Traps = append(both(1003, "three"), Trap{klaxon.TCP, 0, "none"})
	before := r.statuses()
	if _, err := r.Apply(bad); err == nil {
		t.Error("a bad configuration was applied")
	}
	if got := r.statuses(); !reflect.DeepEqual(got, before) {
		t.Errorf("a bad configuration left %q, want %q", got, before)
	}

	second := Config{Traps: append(both(1002, "zwei"), both(1003, "three")...), Addrs: addrs("127.0.0.1", "::1")}
	all, err := r.Apply(second)
	if err != nil {
		t.Fatal(err)
	}
	if want := 2 * 2 * 2; len(all) != want {
		t.Errorf("%d statuses, want %d: %v", len(all), want, all)
	}
	if got := socketsAt(r, "127.0.0.1", 1002); len(kept) != 2 || !maps.Equal(got, kept) {
		t.Errorf("what stays has sockets %v, want the same %v", got, kept)
	}
	touchBoth(t, r, "127.0.0.1:1003")
	touchBoth(t, r, "[::1]:1002")
	dialTCP(t, "", "127.0.0.1:1002")
	if got := r.next(t).Service; got != "zwei" {
		t.Errorf("the new label is %q, want zwei", got)
	}
	for _, gone := range []string{"127.0.0.1:1001", "127.0.0.2:1002"} {
		if c, err := net.Dial("tcp", gone); !errors.Is(err, syscall.ECONNREFUSED) {
			t.Errorf("%s still answers: %v, %v", gone, c, err)
		}
	}
	r.quiet(t)
}

func socketsAt(r *rig, addr string, port uint16) map[klaxon.Transport]*socket {
	found := make(map[klaxon.Transport]*socket)
	for _, s := range r.sockets {
		if s.addr == netip.MustParseAddr(addr) && s.trap.Port == port {
			found[s.trap.Transport] = s
		}
	}
	return found
}

func TestApplyBetweenNamedAndEveryAddress(t *testing.T) {
	if !inNamespace(t) {
		return
	}
	r := armed(t, Config{Traps: both(7, "echo"), Addrs: addrs("127.0.0.1")}).run(t)
	for _, step := range []struct {
		addrs []netip.Addr
		want  []string
	}{
		{nil, []string{"tcp 0.0.0.0:7 armed", "tcp [::]:7 armed", "udp 0.0.0.0:7 armed", "udp [::]:7 armed"}},
		{addrs("127.0.0.1"), []string{"tcp 127.0.0.1:7 armed", "udp 127.0.0.1:7 armed"}},
		{addrs("0.0.0.0", "127.0.0.1"), []string{"tcp 0.0.0.0:7 armed", "udp 0.0.0.0:7 armed"}},
	} {
		if _, err := r.Apply(Config{Traps: both(7, "echo"), Addrs: step.addrs}); err != nil {
			t.Fatal(err)
		}
		if got := r.statuses(); !reflect.DeepEqual(got, step.want) {
			t.Errorf("on %v: status %q, want %q", step.addrs, got, step.want)
		}
		touchBoth(t, r, "127.0.0.1:7")
	}
	r.quiet(t)
}

// Connections meet reloads that never close their trap: none may be missed.
func TestApplyWhileTouched(t *testing.T) {
	if !inNamespace(t) {
		return
	}
	r := armed(t, Config{Traps: both(9, "discard")}).run(t)
	const contacts = 300
	var clients sync.WaitGroup
	clients.Go(func() {
		for range contacts {
			if fd, err := rawConnect("127.0.0.1:9", ""); err != nil {
				t.Error(err)
			} else {
				syscall.Close(fd)
			}
		}
	})
	for i := range 30 {
		traps := append(both(9, "discard"), both(uint16(100+i), "passing")...)
		if _, err := r.Apply(Config{Traps: traps}); err != nil {
			t.Error(err)
		}
		r.Retry()
		r.Counters()
	}
	clients.Wait()
	for range contacts {
		r.next(t)
	}
	r.quiet(t)
}

func TestClose(t *testing.T) {
	s, err := Open(Config{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error)
	go func() { done <- s.Run(context.Background()) }()
	until(t, func() bool {
		if s.running.TryLock() {
			s.running.Unlock()
			return false
		}
		return true
	})
	s.Close()
	s.Close()
	if err := <-done; err != nil {
		t.Errorf("Run of a closed set: %v", err)
	}
	if _, err := s.Apply(Config{}); !errors.Is(err, os.ErrClosed) {
		t.Errorf("Apply to a closed set: %v, want os.ErrClosed", err)
	}
	s.Retry()
	if got := s.Status(); len(got) != 0 {
		t.Errorf("status of a closed set: %v", got)
	}
}

func TestRunAgain(t *testing.T) {
	if !inNamespace(t) {
		return
	}
	r := armed(t, Config{Traps: both(13, "daytime")}).run(t)
	r.stop()
	dialTCP(t, "", "127.0.0.1:13") // waits meanwhile
	r.run(t)
	r.next(t)
	r.quiet(t)
}
