package classify

import (
	"klaxon/internal/decode"
	"klaxon/internal/track"
)

// zmap sent every packet with the same identification before version 4.1; since
// then it copies the options of a system, but not the don't-fragment bit that
// goes with them, and keeps one timestamp for the whole run.
var zmap = tool{"zmap", []relation{
	{
		Relation: track.Relation{Methods: synOnly | 1<<track.MethodUDP | 1<<track.MethodEcho, Decides: 3, Holds: func(p *decode.Packet, _ *track.Memo) bool {
			return !p.V6 && p.ID == 54321
		}},
		why: "carry the identification 54321, as zmap's did", need: 3, chance: 1.0 / (1 << 16),
	},
	{
		Relation: track.Relation{Methods: synOnly, Holds: func(p *decode.Packet, last *track.Memo) bool {
			return zmapSYN(p) && (oneStamp(p, last) || p.Options.Layout == windowsLayout && p.TTL <= 64)
		}},
		need: 3, chance: 1e-3,
	},
}}

// windowsLayout are the options MSS, NOP, WS, NOP, NOP, SACKOK as
// decode.Options.Layout has them.
const windowsLayout = 2 | 1<<5 | 3<<10 | 1<<15 | 1<<20 | 4<<25

// oneStamp tells a timestamp that stands still.
func oneStamp(p *decode.Packet, last *track.Memo) bool {
	return p.Options.HasTS && p.Options.TSEcr == 0 && last != nil && p.Options.TSVal == last.TSVal
}

func zmapSYN(p *decode.Packet) bool {
	return !p.V6 && !p.DF && p.Window == 65535 && p.SrcPort >= 32768 && p.SrcPort <= 61000
}

// zmapRun is the timestamp, which is the second it was started in.
func zmapRun(p *decode.Packet, m track.Method) (uint64, bool) {
	return uint64(p.Options.TSVal), m == track.MethodSyn && zmapSYN(p) && p.Options.HasTS && p.Options.TSEcr == 0
}
