package classify

import (
	"klaxon"
	"klaxon/internal/decode"
	"klaxon/internal/track"
)

// maimon: FIN and ACK to a port without a connection (Maimon, Phrack 49-15).
// The packet is an ordinary one, so only what several have in common, and
// refusals, count.
var maimon = technique{klaxon.Maimon, track.MethodMaimon, func(r *track.Rows) {
	r.TCP[decode.FIN|decode.ACK] = start(track.MethodMaimon, 0)
}}
