package classify

import (
	"math"

	"klaxon"
	"klaxon/internal/track"
)

// masscan computes the IP identification from target, port and sequence number;
// by accident that fits once in 65,536 packets.
func masscan(k *track.Keys) klaxon.Tool {
	if k.Cookie < 3 {
		return klaxon.Tool{}
	}
	return klaxon.Tool{Name: "masscan", Chance: math.Pow(1.0/65536, float64(k.Cookie))}
}
