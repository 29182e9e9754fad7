package track_test

import (
	"net/netip"
	"testing"

	"klaxon"
	"klaxon/internal/track"
)

// TestDrillSpoilsNoNeighbour: each probe of a drill is a source of its own, and none of
// them is another address of the neighbour that sends them: its frames prove its address
// as before.
func TestDrillSpoilsNoNeighbour(t *testing.T) {
	w := newWire(t, track.Config{Seed: 3, Drill: func(*klaxon.Touch) (uint8, bool) { return 0, false }})
	w.SetLocal([]netip.Addr{netip.MustParseAddr(house)})
	w.SetConnected([]netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")})
	mac := [6]byte{2, 0, 0, 0, 0, 30}
	const neighbour = "192.0.2.30"
	for salt := range uint64(4) {
		w.BeginDrill(salt)
		for n := range uint8(12) {
			p := conn{neighbour, house, 40000 + uint16(n), 23, 1000, 7000}.syn()
			p.SrcMAC = mac
			w.at += 1e6
			w.Observe(w.at, track.DrillScope+n, &p)
		}
	}
	p := conn{neighbour, house, 50000, 24, 1000, 7000}.syn()
	p.SrcMAC = mac
	w.send(p)
	if v := w.source(neighbour); v.OnLink != klaxon.ProofOnLink {
		t.Error("after drills its frames prove nothing any more")
	}
}
