package classify

import (
	"klaxon"
	"klaxon/internal/decode"
	"klaxon/internal/track"
)

// arp: asking the link for many addresses that nobody has.
var arp = technique{klaxon.Arp, track.MethodARP, func(r *track.Rows) {
	r.ARP = start(track.MethodARP, 0)
}}

// nd: the same over IPv6 (RFC 4861).
var nd = technique{klaxon.Nd, track.MethodND, func(r *track.Rows) {
	r.ICMP6[decode.ICMPv6Solicit] = start(track.MethodND, 0)
}}
