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
}, { // --ping: a system keeps its identifier, and numbers its requests from 0 or 1; zmap's are shorter
	Relation: track.Relation{Methods: 1 << track.MethodEcho, Decides: 5, Holds: func(p *decode.Packet, last *track.Memo) bool {
		return p.DataLen == 48 && last != nil && p.ICMPSeq > 255 && uint16(last.Seq) > 255 && track.Echo(p)>>16 != last.Seq>>16 && !near(p.ICMPSeq, uint16(last.Seq))
	}},
	why: "ask for an echo with ever another identifier and number", need: 4, chance: 1e-2,
}}}

// near tells numbers that count on from each other.
func near(a, b uint16) bool { return a-b < 64 || b-a < 64 }

func isMasscan(p *decode.Packet) bool {
	low := uint16(p.Dst[2])<<8 | uint16(p.Dst[3])
	return !p.V6 && uint16(p.ID) == low^p.DstPort^uint16(p.Seq)
}
