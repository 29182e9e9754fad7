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
