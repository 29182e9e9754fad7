package classify

import (
	"klaxon/internal/decode"
	"klaxon/internal/track"
)

// masscan computes the IP identification of its SYNs from target, port and
// sequence number, in all versions (rawsock/templ-pkt.c).
var masscan = tool{"masscan", []relation{{
	Relation: track.Relation{Methods: synOnly, Decides: 3, Holds: func(p *decode.Packet, _ *track.Memo) bool {
		return isMasscan(p)
	}},
	why: "carry masscan's identification, computed from target, port and sequence number", need: 3, chance: 1.0 / (1 << 16),
}}}

func isMasscan(p *decode.Packet) bool {
	low := uint16(p.Dst[2])<<8 | uint16(p.Dst[3])
	return !p.V6 && uint16(p.ID) == low^p.DstPort^uint16(p.Seq)
}

// masscanRun is its source port, one of 20,000, with the distance: the weakest of
// the keys, but its secret does not show.
func masscanRun(p *decode.Packet, m track.Method) (uint64, bool) {
	return uint64(p.SrcPort)<<8 | uint64(p.TTL), m == track.MethodSyn && p.SrcPort >= 40000 && p.SrcPort < 60000 && isMasscan(p)
}
