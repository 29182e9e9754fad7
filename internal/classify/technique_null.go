package classify

import (
	"klaxon"
	"klaxon/internal/track"
)

// null: no flag at all (nmap -sN).
var null = technique{klaxon.Null, track.MethodNull, func(r *track.Rows) {
	r.TCP[0] = start(track.MethodNull, illegal)
}}
