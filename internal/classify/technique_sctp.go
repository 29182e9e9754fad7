package classify

import (
	"klaxon"
	"klaxon/internal/track"
)

// Chunk types (RFC 9260 section 3.2).
const (
	chunkInit   = 1
	chunkCookie = 10
)

// sctp-init: the first half of an association (nmap -sY).
var sctpInit = technique{klaxon.SctpInit, track.MethodSCTPInit, func(r *track.Rows) {
	r.SCTP[chunkInit] = start(track.MethodSCTPInit, 0)
}}

// sctp-cookie: the third message without the first two (nmap -sZ).
var sctpCookie = technique{klaxon.SctpCookie, track.MethodSCTPCookie, func(r *track.Rows) {
	r.SCTP[chunkCookie] = start(track.MethodSCTPCookie, illegal)
}}
