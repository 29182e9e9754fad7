package classify

import (
	"klaxon/internal/decode"
	"klaxon/internal/track"
)

// naabu numbers its SYNs: the sequence number is a counter. Some of them go
// elsewhere, out of sight.
var naabu = tool{"naabu", []relation{{
	Relation: track.Relation{Methods: synOnly, Decides: 4, Holds: func(p *decode.Packet, last *track.Memo) bool {
		return last != nil && p.Seq-last.Seq-1 < elsewhere && p.SrcPort == last.Port && p.Window == 1024 && onlyMSS(p)
	}},
	why: "count up in their sequence numbers, as naabu's do", need: 3, chance: elsewhere / (1 << 32),
}}}

// elsewhere is how many probes may be out of sight between two.
const elsewhere = 64
