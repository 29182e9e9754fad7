package classify

import (
	"klaxon/internal/decode"
	"klaxon/internal/track"
)

// unicornscan hides a key in the sequence number: taken out with target and
// ports it is the same for the whole run, in one byte order or the other.
var unicornscan = tool{"unicornscan", []relation{{
	Relation: track.Relation{Methods: synOnly, Decides: 3, Holds: func(p *decode.Packet, last *track.Memo) bool {
		if p.V6 || last == nil || p.Seq == last.Seq || isMirai(p) {
			return false
		}
		return track.Mix(p, false) == last.Mixed || track.Mix(p, true) == last.Swapped
	}},
	why: "carry one key in their sequence numbers, as unicornscan's do", need: 2, chance: 1.0 / (1 << 31),
}}}

// unicornRun is that key, in the byte order that machines have most often. A
// number that is always 0, as scapy's is, hides none.
func unicornRun(p *decode.Packet, m track.Method) (uint64, bool) {
	o := &p.Options
	return uint64(track.Mix(p, true)), m == track.MethodSyn && p.Seq != 0 && !p.V6 && !o.SACKOK && !o.HasWS && !isMirai(p)
}
