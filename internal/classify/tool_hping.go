package classify

import (
	"klaxon/internal/decode"
	"klaxon/internal/track"
)

// hping3 sends segments without options, with a window of 512 bytes, and with an
// acknowledgement number whether they acknowledge something or not.
var hping = tool{"hping3", []relation{{
	Relation: track.Relation{Methods: segments, Holds: func(p *decode.Packet, _ *track.Memo) bool {
		return p.Options.Len == 0 && p.Window == 512 && p.Ack != 0 && !p.DF
	}},
	need: 3, chance: 1e-3,
}}}
