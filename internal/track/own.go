package track

import (
	"slices"

	"klaxon"
	"klaxon/internal/decode"
)

// own tells a packet of a call that this program makes of its own host, or of an
// answer: it is no contact of the host's, whom somebody may be scanning from. A
// stranger hides nothing by it, for no other host has both addresses.
func (t *Tracker) own(p *decode.Packet) bool {
	if len(t.cfg.Own) == 0 || p.Src != p.Dst {
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
	return slices.ContainsFunc(t.cfg.Own, func(s klaxon.Port) bool {
		return s.Transport == over && (s.Number == p.DstPort || s.Number == p.SrcPort)
	})
}
