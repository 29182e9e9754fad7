package classify

import (
	"klaxon/internal/decode"
	"klaxon/internal/track"
)

// Mirai and its kin take the target's address for the sequence number
// (Antonakakis and others, USENIX Security 2017).
var mirai = tool{"mirai", []relation{{
	Relation: track.Relation{Methods: synOnly, Decides: 3, Holds: func(p *decode.Packet, _ *track.Memo) bool {
		return isMirai(p)
	}},
	why: "have the target's address for a sequence number, as Mirai's do", need: 2, chance: 1.0 / (1 << 32),
}}}

func isMirai(p *decode.Packet) bool {
	a := uint32(p.Dst[0])<<24 | uint32(p.Dst[1])<<16 | uint32(p.Dst[2])<<8 | uint32(p.Dst[3])
	return !p.V6 && p.Seq == a
}
