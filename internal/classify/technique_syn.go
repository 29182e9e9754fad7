package classify

import (
	"klaxon"
	"klaxon/internal/decode"
	"klaxon/internal/track"
)

// syn: half-open scans and connections alike begin with a SYN (RFC 9293).
var syn = technique{klaxon.Syn, track.MethodSyn, func(r *track.Rows) {
	for _, f := range [...]decode.Flags{decode.SYN, decode.SYN | decode.PSH, decode.SYN | decode.URG} {
		r.TCP[f] = start(track.MethodSyn, 0)
	}
}}
