package policy

import (
	"net/netip"
	"slices"

	"klaxon"
)

// grade gives a scan its zone and its severity, and marks a source that is
// expected, as long as it does what is expected of it.
func (a *Alarms) grade(k Key, l *life, s *klaxon.Scan, now int64) { a.gradeAs(k, l, s, now, true) }

// gradeSketch is grade of a scan without its lists of services: who is expected is held
// against them now and then, see stirs.
func (a *Alarms) gradeSketch(k Key, l *life, s *klaxon.Scan, now int64) {
	a.gradeAs(k, l, s, now, false)
}

func (a *Alarms) gradeAs(k Key, l *life, s *klaxon.Scan, now int64, listed bool) {
	s.Zone = a.zoneOf(k, s)
	s.Severity = severity(s)
	if s.Zone == klaxon.ZoneInside && len(s.Targets.Dst) > 0 && a.cfg.Zone(s.Targets.Dst[0]) == klaxon.ZoneOutside {
		s.Marks = append(s.Marks, klaxon.MarkOutbound)
	}
	if drill(s) {
		return
	}
	switch st := a.standing(k, l, s, now, listed); {
	case st.news != "" && l.news == "":
		l.news = st.news
	case st.known && st.news == "" && l.news == "" && !l.rang:
		s.Marks = append(s.Marks, klaxon.MarkExpected)
		s.Severity = 1
	}
	l.annotate(s)
}

func (a *Alarms) zone(s *klaxon.Scan) klaxon.Zone {
	if s.Source.Addr.IsValid() {
		return a.cfg.Zone(s.Source.Addr)
	}
	inside := func(x netip.Addr) bool { return a.cfg.Zone(x) == klaxon.ZoneInside }
	if len(s.Sources) > 0 && !slices.ContainsFunc(s.Sources, func(x netip.Addr) bool { return !inside(x) }) {
		return klaxon.ZoneInside // whoever of them it is
	}
	return a.cfg.Zone(netip.IPv4Unspecified()) // from anywhere
}

// severity grades from 1 to 5: an outside source that merely passes by is never
// above 3, one inside is 5 once its scan is established or its touch is proven, and so is anybody who
// comes back to use what a scan found. Whoever seems to be behind an idle scan may
// be made to.
func severity(s *klaxon.Scan) int {
	switch {
	case slices.Contains(s.Marks, klaxon.MarkContact):
		return 5
	case s.Shape == klaxon.ShapeTouch && s.Zone == klaxon.ZoneInside && s.Proof != klaxon.ProofNone:
		return 5
	case s.Shape == klaxon.ShapeTouch && s.Proof < klaxon.ProofHandshake:
		return 1
	case s.Shape == klaxon.ShapeTouch, s.Confidence == klaxon.Suspect:
		return 2
	case s.Shape == klaxon.ShapeFlood, s.Zone == klaxon.ZoneOutside, slices.Contains(s.Marks, klaxon.MarkIdle):
		return 3
	case s.Zone == klaxon.ZoneInside:
		return 5
	case s.Confidence == klaxon.Proven:
		return 4
	}
	return 3
}
