package classify

import (
	"klaxon"
	"klaxon/internal/decode"
	"klaxon/internal/track"
)

// ack: an ACK without a connection, to see what a firewall lets through (nmap
// -sA, and -sW, which looks the same). The packet is an ordinary one.
var ack = technique{klaxon.Ack, track.MethodAck, func(r *track.Rows) {
	r.TCP[decode.ACK] = start(track.MethodAck, 0)
}}
