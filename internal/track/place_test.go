package track_test

import (
	"net/netip"
	"testing"

	"klaxon"
	"klaxon/internal/track"
)

// TestPlaces: where a real service holds the port of a trap its clients are honest, be it
// at one address or at all of one family.
func TestPlaces(t *testing.T) {
	const other, house6 = "192.0.2.11", "2001:db8:1::10"
	telnet := klaxon.Port{Transport: klaxon.TCP, Number: 23}
	at := func(addr string, armed bool) track.Place {
		return track.Place{Port: telnet, Addr: netip.MustParseAddr(addr), Armed: armed}
	}
	for name, c := range map[string]struct {
		places []track.Place
		traps  [3]bool // of house, other and house6
	}{
		"everywhere":              {nil, [3]bool{true, true, true}},
		"a service at one":        {[]track.Place{at(house, false), at(other, true), at("::", true)}, [3]bool{false, true, true}},
		"one over all but one":    {[]track.Place{at("0.0.0.0", true), at(house, false), at("::", true)}, [3]bool{false, true, true}},
		"a service of a family":   {[]track.Place{at("0.0.0.0", false), at("::", true)}, [3]bool{false, false, true}},
		"the other family":        {[]track.Place{at("0.0.0.0", true), at("::", false)}, [3]bool{true, true, false}},
		"on one address alone":    {[]track.Place{at(house, true)}, [3]bool{true, false, false}},
		"of another trap's place": {[]track.Place{{Port: klaxon.Port{Transport: klaxon.TCP, Number: 512}, Addr: netip.MustParseAddr(house)}}, [3]bool{true, true, true}},
	} {
		w := newHouse(t)
		w.SetLocal([]netip.Addr{netip.MustParseAddr(house), netip.MustParseAddr(other), netip.MustParseAddr(house6)})
		w.SetPlaces(c.places)
		for i, dst := range []string{house, other, house6} {
			src := alice
			if dst == house6 {
				src = "2001:db8:9::1"
			}
			x := conn{src, dst, uint16(40000 + i), 23, 1000, 7000}
			w.send(x.syn(), x.synAck(), x.ack(), x.clientFin(300, 900))
		}
		got := [3]bool{}
		w.each(func(v track.View) {
			for i := range v.Notes {
				for j, dst := range []string{house, other, house6} {
					if n := &v.Notes[i]; n.Trap && n.AddrOf() == netip.MustParseAddr(dst) {
						got[j] = true
					}
				}
			}
		})
		if got != c.traps {
			t.Errorf("%s: traps at %v, want %v", name, got, c.traps)
		}
	}
}
