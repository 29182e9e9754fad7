package flood

import (
	"testing"

	"klaxon"
)

// TestForgedScansAtFloodRate: raw forged scans that come as fast as a flood are one,
// and hide nobody who proves himself, whether with his first probe or with his last:
// what he probed until then was told from the flood's by his handshake.
func TestForgedScansAtFloodRate(t *testing.T) {
	const sources = 8_000
	for _, f := range []forged{
		{name: "proven at last", manner: rawNmap, sources: sources, lasts: sources * 15 * second / 1000, proof: forgedPorts - 1, data: 90},
		{name: "proven at first", manner: rawNmap, sources: sources, lasts: sources * 15 * second / 1000, data: 90},
	} {
		t.Run(f.name, func(t *testing.T) {
			s := f.play(3)
			flooded, found := false, false
			for _, a := range s.alarms {
				t.Logf("%s %v/%s %s proof %s, %d sources, %d probes: %s", a.Event, a.Techniques, a.Shape, a.Source.Addr, a.Proof, a.SourcesTotal, a.Probes, a.Why)
				flooded = flooded || a.Shape == klaxon.ShapeFlood
				switch {
				case a.Source.Addr != addrOf(&realOne):
				case a.Confidence == klaxon.Proven && a.Shape == klaxon.ShapeVertical:
					found = true
				}
			}
			if !flooded {
				t.Error("no flood was told: the test shows nothing")
			}
			if !found {
				t.Error("the real one was not told as proven")
			}
			if len(s.alarms) > 30 {
				t.Errorf("%d records", len(s.alarms))
			}
		})
	}
}
