package classify

import (
	"klaxon"
	"klaxon/internal/decode"
	"klaxon/internal/track"
)

// xmas: FIN, PSH and URG together (nmap -sX).
var xmas = technique{klaxon.Xmas, track.MethodXmas, func(r *track.Rows) {
	r.TCP[decode.FIN|decode.PSH|decode.URG] = start(track.MethodXmas, illegal)
}}
