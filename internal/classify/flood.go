package classify

import (
	"net/netip"
	"slices"
	"strconv"

	"klaxon"
	"klaxon/internal/track"
)

// DescribeFlood tells of a flood by its victim. Who sends it is not claimed:
// the addresses are most likely forged.
func DescribeFlood(f *track.Flood) klaxon.Scan {
	s := klaxon.Scan{
		First: stamp(f.First), Last: stamp(f.Last),
		SourcesTotal: f.Sources(),
		Techniques:   []klaxon.Technique{nameOf(f.Method, true)},
		Shape:        klaxon.ShapeFlood,
		Confidence:   klaxon.Established,
		Probes:       f.Attempts,
		Why: strconv.FormatUint(f.Attempts, 10) + " attempts from about " + count(f.Sources(), "source", "sources") +
			", of which next to none became a conversation",
		Targets: klaxon.Targets{Hosts: 1, Dst: []netip.Addr{addr(&f.Addr, f.V6)}, Services: len(f.Ports)},
	}
	for _, p := range slices.Sorted(slices.Values(f.Ports)) {
		r := klaxon.PortRange{First: p, Last: p}
		if f.Method == track.MethodUDP {
			s.Targets.UDP = append(s.Targets.UDP, r)
		} else {
			s.Targets.TCP = append(s.Targets.TCP, r)
		}
	}
	return s
}
