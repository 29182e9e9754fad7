package policy

import (
	"net/netip"
	"testing"

	"klaxon"
)

func TestZones(t *testing.T) {
	z := NewZones(
		[]netip.Prefix{netip.MustParsePrefix("203.0.113.9/24"), netip.MustParsePrefix("2001:db8:1::9/64"), netip.MustParsePrefix("198.51.100.1/0")},
		[]netip.Prefix{netip.MustParsePrefix("100.64.0.0/10")},
	)
	for addr, want := range map[string]klaxon.Zone{
		"127.0.0.1":        klaxon.ZoneLoopback,
		"127.9.9.9":        klaxon.ZoneLoopback,
		"::1":              klaxon.ZoneLoopback,
		"203.0.113.9":      klaxon.ZoneLoopback,
		"::ffff:127.0.0.1": klaxon.ZoneLoopback,
		"203.0.113.10":     klaxon.ZoneInside,
		"2001:db8:1::77":   klaxon.ZoneInside,
		"10.255.255.255":   klaxon.ZoneInside,
		"172.31.0.1":       klaxon.ZoneInside,
		"192.168.1.1":      klaxon.ZoneInside,
		"169.254.3.4":      klaxon.ZoneInside,
		"100.100.0.1":      klaxon.ZoneInside,
		"fd00::1":          klaxon.ZoneInside,
		"fe80::1%eth0":     klaxon.ZoneInside,
		"172.32.0.1":       klaxon.ZoneOutside,
		"11.0.0.1":         klaxon.ZoneOutside,
		"203.0.114.1":      klaxon.ZoneOutside,
		"2001:db8:2::1":    klaxon.ZoneOutside,
		"100.128.0.1":      klaxon.ZoneOutside,
	} {
		if got := z.Of(netip.MustParseAddr(addr)); got != want {
			t.Errorf("Of(%s) = %s, want %s", addr, got, want)
		}
	}
	if got := (Zones{}).Of(netip.MustParseAddr("192.168.0.1")); got != klaxon.ZoneInside {
		t.Errorf("zero value: private address is %s", got)
	}
}
