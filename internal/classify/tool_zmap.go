package classify

import (
	"math"

	"klaxon"
	"klaxon/internal/track"
)

// zmap, unless told otherwise, sends every packet with the same identification.
func zmap(k *track.Keys) klaxon.Tool {
	if k.ZMap < 3 || k.ZMap < k.Syns/2 {
		return klaxon.Tool{}
	}
	return klaxon.Tool{Name: "zmap", Chance: math.Pow(1.0/65536, float64(k.ZMap))}
}
