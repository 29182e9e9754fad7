package listen

import (
	"os"
	"testing"

	"golang.org/x/sys/unix"

	"klaxon"
)

func TestSocketOptions(t *testing.T) {
	if !inNamespace(t) {
		return
	}
	// The host may have Fast Open on for all listeners (ip-sysctl.rst, 0x400).
	if err := os.WriteFile("/proc/sys/net/ipv4/tcp_fastopen", []byte("1027"), 0); err != nil {
		t.Logf("TCP Fast Open could not be switched on, so that it is off is shown for nothing: %v", err)
	}
	r := armed(t, Config{Traps: both(25, "smtp")})
	type want struct {
		level, name, tcp, udp int
		what                  string
	}
	for fd, s := range r.sockets {
		wants := []want{
			{unix.SOL_SOCKET, unix.SO_PROTOCOL, unix.IPPROTO_TCP, unix.IPPROTO_UDP, "SO_PROTOCOL"},
			{unix.SOL_SOCKET, unix.SO_REUSEADDR, 1, 0, "SO_REUSEADDR"},
			{unix.SOL_SOCKET, unix.SO_REUSEPORT, 0, 0, "SO_REUSEPORT"},
		}
		if s.addr.Is6() {
			wants = append(wants, want{unix.IPPROTO_IPV6, unix.IPV6_V6ONLY, 1, 1, "IPV6_V6ONLY"})
		}
		if s.trap.Transport == klaxon.TCP {
			wants = append(wants,
				want{level: unix.IPPROTO_TCP, name: unix.TCP_SYNCNT, tcp: 1, what: "TCP_SYNCNT"},
				want{level: unix.IPPROTO_TCP, name: unix.TCP_DEFER_ACCEPT, tcp: 0, what: "TCP_DEFER_ACCEPT"},
				want{level: unix.IPPROTO_TCP, name: unix.TCP_FASTOPEN, tcp: 0, what: "TCP_FASTOPEN"})
		}
		for _, w := range wants {
			expect := w.udp
			if s.trap.Transport == klaxon.TCP {
				expect = w.tcp
			}
			if got, err := unix.GetsockoptInt(int(fd), w.level, w.name); err != nil || got != expect {
				t.Errorf("%s of %s %s is %d, %v, want %d", w.what, s.trap.Transport, s.addr, got, err, expect)
			}
		}
	}
}
