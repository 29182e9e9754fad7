package classify

import (
	"klaxon"
	"klaxon/internal/decode"
	"klaxon/internal/track"
)

// flags: every other combination that makes no sense, and answers to nothing.
// A lone SYN+ACK or RST is what victims of forged packets send, and is no
// evidence by itself.
var flags = technique{klaxon.Flags, track.MethodFlags, func(r *track.Rows) {
	for f := range r.TCP {
		switch f := decode.Flags(f); {
		case f == decode.SYN|decode.ACK, f&^decode.ACK&^decode.PSH == decode.RST:
			r.TCP[f] = start(track.MethodFlags, 0)
		case !sensible(f) && !r.TCP[f].Starts:
			r.TCP[f] = start(track.MethodFlags, illegal)
		}
	}
}}

// sensible tells whether RFC 9293 has a use for the combination: anything with
// ACK that does not open and close at once, or resets and goes on.
func sensible(f decode.Flags) bool {
	opens, ends := f&decode.SYN != 0, f&(decode.FIN|decode.RST) != 0
	if f&decode.FIN != 0 && f&decode.RST != 0 || opens && ends {
		return false
	}
	return f&decode.ACK != 0 && !(opens && f&decode.URG != 0)
}
