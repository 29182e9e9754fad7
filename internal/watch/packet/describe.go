package packet

import (
	"strings"

	"klaxon/internal/watch/capture"
)

// Describe lists interfaces as a person does: `eth0 (10.9.0.1/24, fd00:9::1/64)
// and lo (…)`.
func Describe(ifaces []capture.Interface) string {
	var list []string
	for _, in := range ifaces {
		var addrs []string
		for _, a := range in.Addrs {
			addrs = append(addrs, a.String())
		}
		text := in.Name
		if len(addrs) > 0 {
			text += " (" + strings.Join(addrs, ", ") + ")"
		}
		list = append(list, text)
	}
	return enumerate(list)
}

func enumerate(list []string) string {
	if len(list) < 2 {
		return strings.Join(list, "")
	}
	return strings.Join(list[:len(list)-1], ", ") + " and " + list[len(list)-1]
}
