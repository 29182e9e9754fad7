package plot

import (
	"net/netip"

	"klaxon/internal/decode"
)

// PointOf is where a packet stands in a picture; false for one that has no place.
// It does not ask whether the packet is a probe.
func PointOf(at int64, p *decode.Packet) (Point, bool) {
	pt := Point{Time: at, Port: p.DstPort, Source: netip.AddrFrom4([4]byte(p.Src[:4]))}
	if p.V6 {
		pt.Source = netip.AddrFrom16(p.Src).Unmap()
	}
	switch p.Kind {
	case decode.KindTCP, decode.KindUDP, decode.KindSCTP:
	case decode.KindICMP:
		pt.Band = ICMP
	case decode.KindICMPv6:
		pt.Band = ICMP
		if p.ICMPType == decode.ICMPv6Solicit || p.ICMPType == decode.ICMPv6Advert {
			pt.Band = Neighbour
		}
	case decode.KindARP:
		pt.Band = Neighbour
	case decode.KindIP:
		pt.Band = Protocol
	default:
		return Point{}, false
	}
	return pt, true
}
