package policy

import (
	"net/netip"
	"testing"

	"klaxon"
)

// TestManyFromInside: of several sources of which one scans, as with decoys, all are
// inside or it may be anybody.
func TestManyFromInside(t *testing.T) {
	for _, c := range []struct {
		sources  []string
		zone     klaxon.Zone
		severity int
	}{
		{[]string{"192.168.1.70", "192.168.1.71", pc}, klaxon.ZoneInside, 5},
		{[]string{"192.168.1.70", outsider}, klaxon.ZoneOutside, 3},
		{nil, klaxon.ZoneOutside, 3},
	} {
		d := newCalmDesk(t)
		s := touching(pc, 0, 1)
		s.Source, s.Shape, s.Targets.Services, s.Marks = klaxon.Endpoint{}, klaxon.ShapeVertical, 100, []klaxon.Mark{klaxon.MarkDecoy}
		for _, a := range c.sources {
			s.Sources = append(s.Sources, netip.MustParseAddr(a))
		}
		s.SourcesTotal = max(len(c.sources), 3)
		d.judge(Key{OfRun, 1, 1}, s, 0)
		if a := d.last(); a.Zone != c.zone || a.Severity != c.severity {
			t.Errorf("%v: %s, severity %d; want %s, %d", c.sources, a.Zone, a.Severity, c.zone, c.severity)
		}
	}
}
