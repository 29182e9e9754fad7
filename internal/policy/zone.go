// Package policy decides what becomes of a scan or touch: the zone its source
// stands in, and later severity, the life of alarms and the allow-list. It
// opens no socket, reads no file and asks no clock.
package policy

import (
	"net/netip"

	"klaxon"
)

// private are the networks that no stranger on the Internet can send from and
// be answered: RFC 1918, RFC 4193 (ULA), and link-local (RFC 3927, RFC 4291).
var private = []netip.Prefix{
	netip.MustParsePrefix("10.0.0.0/8"),
	netip.MustParsePrefix("172.16.0.0/12"),
	netip.MustParsePrefix("192.168.0.0/16"),
	netip.MustParsePrefix("169.254.0.0/16"),
	netip.MustParsePrefix("fc00::/7"),
	netip.MustParsePrefix("fe80::/10"),
}

// Zones tells where a source stands. The zero value knows the private networks
// and loopback only. It is immutable and safe for concurrent use.
type Zones struct {
	self map[netip.Addr]bool
	home []netip.Prefix
}

// NewZones builds the zones from the host's own interface addresses, each with
// the length of its connected prefix, and the operator's home networks.
func NewZones(connected, home []netip.Prefix) Zones {
	z := Zones{self: make(map[netip.Addr]bool, len(connected)), home: append([]netip.Prefix(nil), home...)}
	for _, p := range connected {
		z.self[p.Addr().Unmap()] = true
		// A default route written as an address is no neighbourhood.
		if p.Bits() > 0 {
			z.home = append(z.home, p.Masked())
		}
	}
	return z
}

// Of returns the zone of a source. An address of this host itself is loopback:
// such a packet never left the machine.
func (z Zones) Of(source netip.Addr) klaxon.Zone {
	a := source.Unmap().WithZone("")
	switch {
	case a.IsLoopback() || z.self[a]:
		return klaxon.ZoneLoopback
	case within(private, a) || within(z.home, a):
		return klaxon.ZoneInside
	}
	return klaxon.ZoneOutside
}

func within(prefixes []netip.Prefix, a netip.Addr) bool {
	for _, p := range prefixes {
		if p.Contains(a) {
			return true
		}
	}
	return false
}
