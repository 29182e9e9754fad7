package classify

import (
	"klaxon"
	"klaxon/internal/decode"
	"klaxon/internal/track"
)

// icmp-echo: looking for hosts with echo requests.
var icmpEcho = technique{klaxon.IcmpEcho, track.MethodEcho, func(r *track.Rows) {
	r.ICMP4[decode.ICMPEcho] = start(track.MethodEcho, 0)
	r.ICMP6[decode.ICMPv6Echo] = start(track.MethodEcho, 0)
}}

// icmp-timestamp: a query of RFC 792 that nothing but scanners has used for
// decades (nmap -PP).
var icmpTimestamp = technique{klaxon.IcmpTimestamp, track.MethodTimestamp, func(r *track.Rows) {
	r.ICMP4[decode.ICMPTimestamp] = start(track.MethodTimestamp, illegal)
}}

// icmp-mask: likewise of RFC 950, which RFC 6918 withdrew (nmap -PM).
var icmpMask = technique{klaxon.IcmpMask, track.MethodMask, func(r *track.Rows) {
	r.ICMP4[decode.ICMPMask] = start(track.MethodMask, illegal)
}}
