package classify

import (
	"klaxon/internal/decode"
	"klaxon/internal/track"
)

// naabu numbers its SYNs: the sequence number is a counter.
var naabu = tool{"naabu", []relation{{
	Relation: track.Relation{Methods: synOnly, Decides: 4, Holds: func(p *decode.Packet, last *track.Memo) bool {
		return last != nil && p.Seq == last.Seq+1 && p.SrcPort == last.Port && p.Window == 1024
	}},
	why: "count up in their sequence numbers, as naabu's do", need: 3, chance: 1.0 / (1 << 32),
}}}
