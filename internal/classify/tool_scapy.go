package classify

import (
	"klaxon/internal/decode"
	"klaxon/internal/track"
)

// scapy has a default for every field that its user does not set.
var scapy = tool{"scapy", []relation{{
	Relation: track.Relation{Methods: segments, Holds: func(p *decode.Packet, _ *track.Memo) bool {
		return (p.V6 || p.ID == 1) && p.SrcPort == 20 && p.Seq == 0 && p.Window == 8192 && p.Options.Len == 0
	}},
	need: 3, chance: 1.0 / (1 << 48),
}}}
