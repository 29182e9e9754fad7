package flood

import (
	"slices"
	"testing"

	"klaxon"
)

// TestForgedScansEverywhere: as many forged scans, each of another host of a
// network, are a few hundred records at most, and one alarm of all but the first;
// the real one among them is named.
func TestForgedScansEverywhere(t *testing.T) {
	sources := 100_000
	if racing {
		sources = 3_000
	}
	for _, f := range forgeries(sources)[:1] {
		f.everywhere = true
		s := f.play(3)
		if len(s.alarms) > 200 {
			t.Errorf("%d records, at most 200 are wanted", len(s.alarms))
		}
		told, named := 0, false
		for _, a := range s.alarms {
			switch {
			case a.Event != klaxon.EventClose:
			case a.Source.Addr == addrOf(&realOne):
				named = a.Confidence == klaxon.Proven
			case a.SourcesTotal > 1:
				told += a.SourcesTotal
				if a.Shape != klaxon.ShapeBlock || !slices.Contains(a.Marks, klaxon.MarkSpoofedMaybe) || a.Targets.Hosts < a.SourcesTotal*9/10 || a.Targets.Hosts > a.SourcesTotal*11/10 {
					t.Errorf("%s of %d sources at %d hosts, %v", a.Shape, a.SourcesTotal, a.Targets.Hosts, a.Marks)
				}
			default:
				told++
			}
		}
		// One that comes back when its record is long gone counts again.
		if told < sources*99/100 || told > sources*101/100 || !named {
			t.Errorf("%d of %d sources were told; the real one is named: %v", told, sources, named)
		}
		t.Logf("%d records", len(s.alarms))
	}
}
