package classify

import (
	"klaxon"
	"klaxon/internal/decode"
	"klaxon/internal/track"
)

// fin: a FIN without ACK (nmap -sF); a host ends a connection with both.
var fin = technique{klaxon.Fin, track.MethodFin, func(r *track.Rows) {
	r.TCP[decode.FIN] = start(track.MethodFin, illegal)
}}
