package classify

import (
	"klaxon"
	"klaxon/internal/track"
)

// udp: datagrams to many services; what comes back decides.
var udp = technique{klaxon.Udp, track.MethodUDP, func(r *track.Rows) {
	r.UDP = start(track.MethodUDP, 0)
}}
