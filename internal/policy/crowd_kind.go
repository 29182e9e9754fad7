package policy

import (
	"net/netip"
	"strconv"

	"klaxon"
)

// kindIndex is the number of the first crowd of a kind.
const kindIndex = 1 << 31

// kind is what scans have in common that tell people the same.
type kind struct {
	zone     klaxon.Zone
	network  netip.Prefix // inside
	touch    bool
	severity int
}

// ofKind is the crowd of those who came when as many alarms were open as there may
// be, and many of them of their kind. Each would push out the alarm of another, who
// pushes out the next when he is heard of again: two records for every touch, and
// nobody any wiser. Who does something worse is of another kind.
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
	n := a.crowds.place(kind)
	if n < 0 {
		return false
	}
	c := &a.crowds.kinds[n]
	if c.life == 0 {
		if a.kinds[kind] < kindMany || a.quietest().last < now-int64(crowdWindow) {
			return false
		}
		a.crowds.lives++
		*c = ofKind{crowd{life: a.crowds.lives}, kind}
	}
	c.last = now
	a.crowds.crammed.count(&c.crowd, k, s)
	c.scan.Confidence = min(c.scan.Confidence, s.Confidence)
	c.scan.Proof = min(c.scan.Proof, s.Proof)
	sketch := c.sketch()
	a.Judge(c.key(kindIndex+n), &sketch, now)
	return true
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

// sketch is the scan of all of them. Its lists are the crowd's.
func (c *ofKind) sketch() klaxon.Scan {
	s := c.scan
	s.Why = strconv.Itoa(s.SourcesTotal) + " sources did the same while as many alarms were open as there may be: they are told together, and what each of them touched is in the records"
	return s
}

// kindOf is the kind of a scan by one source.
func (a *Alarms) kindOf(s *klaxon.Scan) kind {
	graded := *s
	graded.Zone = a.zone(s)
	k := kind{zone: graded.Zone, touch: s.Shape == klaxon.ShapeTouch, severity: severity(&graded)}
	if k.zone == klaxon.ZoneInside {
		k.network = networkOf(s.Source.Addr)
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

// recount keeps the count of the open alarms of each kind, by what was told of them.
func (a *Alarms) recount(l *life, e klaxon.Event) {
	if l.kind != (kind{}) {
		if a.kinds[l.kind]--; a.kinds[l.kind] == 0 {
			delete(a.kinds, l.kind)
		}
		l.kind = kind{}
	}
	over := e == klaxon.EventClose || e == klaxon.EventRetract
	if !over && l.told.Source.Addr.IsValid() {
		l.kind = a.kindOf(&l.told)
		a.kinds[l.kind]++
	}
}

// zoneOf is the zone of an alarm's scan.
func (a *Alarms) zoneOf(k Key, s *klaxon.Scan) klaxon.Zone {
	if k.Kind == OfCrowd && k.Index >= kindIndex && k.Index != wideIndex {
		return a.crowds.kinds[k.Index-kindIndex].kind.zone
	}
	return a.zone(s)
}
