package ident

import (
	"net"
	"net/netip"
	"testing"

	"klaxon/internal/services/grade"
)

func TestAllowed(t *testing.T) {
	for _, c := range []struct {
		local, remote string
		g             grade.Grade
		force, want   bool
	}{
		{"198.51.100.1:512", "192.0.2.1:40000", grade.Good, false, true},
		{"[2001:db8::1]:512", "[2001:db8::2]:40000", grade.Good, false, true},
		{"[fe80::1%eth0]:512", "[fe80::2%eth0]:40000", grade.Good, false, true},
		{"198.51.100.1:21", "192.0.2.1:40000", grade.Discouraged, false, false},
		{"198.51.100.1:21", "192.0.2.1:40000", grade.Discouraged, true, true},
		{"198.51.100.1:7", "192.0.2.1:40000", grade.Never, true, false},
		{"198.51.100.1:69", "192.0.2.1:40000", grade.None, true, false},
		{"198.51.100.1:512", "192.0.2.1:40000", "", true, false},
		{"198.51.100.1:113", "192.0.2.1:40000", grade.Good, true, false},
		{"198.51.100.1:512", "192.0.2.1:113", grade.Good, true, false},
		{"198.51.100.1:0", "192.0.2.1:40000", grade.Good, true, false},
		{"198.51.100.1:512", "192.0.2.1:0", grade.Good, true, false},
		{"198.51.100.1:512", "198.51.100.1:40000", grade.Good, true, false},
		{"198.51.100.1:512", "[::ffff:198.51.100.1]:40000", grade.Good, true, false},
		{"127.0.0.1:512", "127.0.0.2:40000", grade.Good, true, false},
		{"[::1]:512", "[::ffff:127.0.0.2]:40000", grade.Good, true, false},
		{"198.51.100.1:512", "0.0.0.0:40000", grade.Good, true, false},
		{"198.51.100.1:512", "[::ffff:0.0.0.0]:40000", grade.Good, true, false},
	} {
		q := Query{Local: netip.MustParseAddrPort(c.local), Remote: netip.MustParseAddrPort(c.remote)}
		ok, why := Allowed(q, c.g, c.force)
		if ok != c.want || ok == (why != "") {
			t.Errorf("%s from %s, grade %q, force %t: %t %q, want %t", c.local, c.remote, c.g, c.force, ok, why, c.want)
		}
	}
	if ok, _ := Allowed(Query{}, grade.Good, true); ok {
		t.Error("a query about nothing was allowed")
	}
}

// TestIsLocal holds the rule against what the kernel says of each interface.
func TestIsLocal(t *testing.T) {
	ours, err := net.InterfaceAddrs()
	if err != nil || len(ours) == 0 {
		t.Skipf("no interface has an address here: %v", err)
	}
	for _, a := range ours {
		addr := netip.MustParsePrefix(a.String()).Addr()
		if !isLocal(addr) || !isLocal(netip.AddrFrom16(addr.As16())) {
			t.Errorf("%s is on an interface and held for foreign", addr)
		}
		if addr.Is6() && !isLocal(addr.WithZone("eth0")) {
			t.Errorf("%s with a zone held for foreign", addr)
		}
	}
	for _, foreign := range []string{"192.0.2.1", "::ffff:192.0.2.1", "2001:db8::1", "fe80::dead:beef%eth0"} {
		if isLocal(netip.MustParseAddr(foreign)) {
			t.Errorf("%s held for ours", foreign)
		}
	}
}
