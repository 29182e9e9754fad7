package classify

import (
	"klaxon"
	"klaxon/internal/track"
)

// nmap keeps source port and sequence number through a raw scan, and offers a
// window of a few KiB with no option but the segment size.
func nmap(k *track.Keys) klaxon.Tool {
	if k.Same < 3 || k.Syns > 0 && k.Nmap < 3 {
		return klaxon.Tool{}
	}
	return klaxon.Tool{Name: "nmap", Chance: 1e-9}
}

// nmapOS knows its operating system detection by the probes' fixed fields.
func nmapOS(k *track.Keys) klaxon.Tool {
	if k.OS == 0 || !k.Decided() {
		return klaxon.Tool{}
	}
	return klaxon.Tool{Name: "nmap", Chance: 1e-9}
}
