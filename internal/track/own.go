package track

import (
	"net/netip"

	"klaxon"
	"klaxon/internal/decode"
)

// OwnCall is a service of its own host that this program calls.
type OwnCall struct {
	Transport klaxon.Transport // TCP or UDP
	At        netip.AddrPort
}

// OwnCalls are several.
type OwnCalls []OwnCall

// own tells a packet of one of our own calls.
func (t *Tracker) own(p *decode.Packet) bool { return OwnCalls(t.cfg.Own).Has(p) }

// Has tells a packet of a call that this program makes of its own host, or of an
// answer: it is no contact of the host's, whom somebody may be scanning from. A
// stranger hides nothing by it, for no other host has both addresses; nor does a user
// of this host, as long as that service has its port.
func (list OwnCalls) Has(p *decode.Packet) bool {
	if len(list) == 0 || p.Src != p.Dst {
		return false
	}
	over := klaxon.TCP
	switch p.Kind {
	case decode.KindTCP:
	case decode.KindUDP:
		over = klaxon.UDP
	default:
		return false
	}
	for _, c := range list {
		if c.Transport == over && addrBytes(c.At.Addr()) == p.Dst && (c.At.Port() == p.DstPort || c.At.Port() == p.SrcPort) {
			return true
		}
	}
	return false
}
