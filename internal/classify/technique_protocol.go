package classify

import (
	"klaxon"
	"klaxon/internal/track"
)

// spoken are the IP protocols that networks carry: ICMP, IGMP, IPv4, TCP, UDP,
// IPv6, GRE, ESP, AH, ICMPv6, EIGRP, OSPF, PIM, VRRP, SCTP.
var spoken = [...]uint8{1, 2, 4, 6, 17, 41, 47, 50, 51, 58, 88, 89, 103, 112, 132}

// ip-protocol: packets of protocols that nobody speaks (nmap -sO).
var ipProtocol = technique{klaxon.IPProtocol, track.MethodProtocol, func(r *track.Rows) {
	for i := range r.Protocol {
		r.Protocol[i] = start(track.MethodProtocol, 0)
	}
	for _, p := range spoken {
		r.Protocol[p] = track.Row{}
	}
}}
