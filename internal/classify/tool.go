package classify

import (
	"klaxon"
	"klaxon/internal/track"
)

// tools are the fingerprints, the surest first.
var tools = [...]func(*track.Keys) klaxon.Tool{masscan, nmapOS, nmap, zmap, hping}

// toolOf names the program that a source's packets betray.
func toolOf(v track.View) klaxon.Tool {
	for _, f := range tools {
		if t := f(&v.Keys); t.Name != "" {
			return t
		}
	}
	return klaxon.Tool{}
}
