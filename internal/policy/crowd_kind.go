package policy

import (
	"net/netip"
	"slices"

	"klaxon"
)

// kindIndex is the number of the first crowd of a kind.
const kindIndex = 1 << 31

func isKind(index uint32) bool { return index >= kindIndex && index != wideIndex }

// kind is what scans have in common that tell people the same.
type kind struct {
	zone     klaxon.Zone
	network  netip.Prefix // inside
	mac      [6]byte      // likewise: one machine may have a thousand addresses, and hides no other among them
	touch    bool
	contact  bool
	severity int
}

// ofKind is the crowd of those who came when as many alarms were open as there may
// be, and many of them of their kind. Each would push out the alarm of another, who
// pushes out the next when he is heard of again: two records for every touch, and
// nobody any wiser. Who does something worse is of another kind, or outdoes his own.
type ofKind struct {
	crowd
	kind kind
}

// Cram takes a scan that was judged of a source without an alarm. It tells whether
// the source is told as one of a crowd, because there is no room for its alarm that
// is not taken by others like it.
func (a *Alarms) Cram(k Key, s *klaxon.Scan, now int64) bool {
	if !a.Full() || s.Confidence < a.cfg.Floor || drill(s) || a.list.knows(&s.Source, a.wall(now)) {
		return false
	}
	kind := a.kindOf(s)
	if a.outdoes(kind, s) {
		return false
	}
	n := a.crowds.place(kind)
	if n < 0 {
		return false
	}
	c := &a.crowds.kinds[n]
	if c.life == 0 {
		if a.census.from(kind, 0) < kindMany || a.quietest().last < now-int64(crowdWindow) {
			return false
		}
		a.crowds.lives++
		*c = ofKind{crowd{life: a.crowds.lives}, kind}
	}
	c.last = now
	c.take(&a.crowds.crammed, k, s)
	sketch := c.scan
	a.Judge(c.key(kindIndex+n), &sketch, now)
	a.swell(c.key(kindIndex + n))
	return true
}

// take counts a source in the crowd, of which is told what is true of all.
func (c *ofKind) take(m *members, k Key, s *klaxon.Scan) {
	if c.scan.SourcesTotal == 0 {
		c.scan.Marks = slices.Clone(s.Marks)
	}
	marks := c.scan.Marks
	m.count(&c.crowd, k, s)
	c.scan.Marks = slices.DeleteFunc(marks, func(x klaxon.Mark) bool { return !slices.Contains(s.Marks, x) })
	c.scan.Confidence, c.scan.Proof = min(c.scan.Confidence, s.Confidence), min(c.scan.Proof, s.Proof)
	c.scan.Why = ""
}

// swell notes that a crowd is ten times what was told: its first member said
// nothing of how many would come in the same second.
func (a *Alarms) swell(k Key) {
	l := a.open[k]
	if l == nil || l.changed || !a.swollen(k, l) {
		return
	}
	if l.changed = true; l.records == 1 {
		l.due = min(l.due, l.begin+int64(riseAfter))
	}
	a.lookAgain(l)
}

// swollen tells whether there are so many more sources in a crowd of a kind than
// were told that it is told again.
func (a *Alarms) swollen(k Key, l *life) bool {
	return k.Kind == OfCrowd && isKind(k.Index) && a.crowds.at(k.Index).scan.SourcesTotal >= targetsGrown*l.told.SourcesTotal
}

// Full tells whether there is no room for another alarm.
func (a *Alarms) Full() bool { return len(a.open) >= openMax }

// place is where the crowd of a kind is, or may be; negative when there is no room.
func (w *crowds) place(k kind) int {
	free := -1
	for i := range w.kinds {
		switch c := &w.kinds[i]; {
		case c.life == 0:
			free = i
		case c.kind == k:
			return i
		}
	}
	if free < 0 && len(w.kinds) < kindsMax {
		w.kinds = append(w.kinds, ofKind{})
		free = len(w.kinds) - 1
	}
	return free
}

// kindOf is the kind of a scan by one source.
func (a *Alarms) kindOf(s *klaxon.Scan) kind {
	graded := *s
	graded.Zone = a.zone(s)
	k := kind{zone: graded.Zone, touch: s.Shape == klaxon.ShapeTouch, severity: severity(&graded)}
	k.contact = slices.Contains(s.Marks, klaxon.MarkContact)
	if k.zone == klaxon.ZoneInside {
		k.network, k.mac = networkOf(s.Source.Addr), s.Source.MAC
	}
	return k
}

func networkOf(addr netip.Addr) netip.Prefix {
	addr = plain(addr)
	bits := inside6
	if addr.Is4() {
		bits = inside4
	}
	p, _ := addr.Prefix(bits)
	return p
}

// zoneOf is the zone of an alarm's scan.
func (a *Alarms) zoneOf(k Key, s *klaxon.Scan) klaxon.Zone {
	if k.Kind == OfCrowd && isKind(k.Index) {
		return a.crowds.kinds[k.Index-kindIndex].kind.zone
	}
	return a.zone(s)
}
