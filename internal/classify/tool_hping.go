package classify

import (
	"klaxon"
	"klaxon/internal/track"
)

// hping3 sends SYNs without options and with a window of 512 bytes.
func hping(k *track.Keys) klaxon.Tool {
	if k.Hping < 3 || k.Hping < k.Syns/2 {
		return klaxon.Tool{}
	}
	return klaxon.Tool{Name: "hping3", Chance: 1e-3}
}
