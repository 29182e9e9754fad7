package truth

import (
	"slices"

	"klaxon"
)

// Told sums up what was told of the scans that a scenario wants: the line of a
// table.
type Told struct {
	Wanted, Found int
	False         int      // alarms that nobody wanted, and that still stand
	Tools         []string // that the alarms named at their end, sorted
	Probes        [2]int   // the fewest and the most at which one opened
	Records       int      // the most that were written of one wanted scan
}

// Sum sums up alarms, which are in the order they were told.
func Sum(alarms []*klaxon.Alarm, wants []Want, options ...Option) (t Told) {
	var c check
	for _, o := range options {
		o(&c)
	}
	list := stories(alarms)
	t.Wanted = len(wants)
	for i := range wants {
		t.add(&wants[i], list)
	}
	for _, s := range list {
		if !s.used && s.counts() && !(c.allowFlood && s.last().Shape == klaxon.ShapeFlood) {
			t.False++
		}
	}
	return t
}

func (t *Told) add(w *Want, list []*story) {
	records := 0
	for _, s := range list {
		if s.used || !s.counts() || !w.about(s.last()) {
			continue
		}
		s.used = true
		if records == 0 {
			t.Found++
			t.opened(int(s.open().Probes))
		}
		records += len(s.told)
		t.name(s.last().Tool.Name)
	}
	t.Records = max(t.Records, records)
}

func (t *Told) opened(probes int) {
	if t.Probes[0] == 0 || probes < t.Probes[0] {
		t.Probes[0] = probes
	}
	t.Probes[1] = max(t.Probes[1], probes)
}

func (t *Told) name(tool string) {
	if i, ok := slices.BinarySearch(t.Tools, tool); !ok && tool != "" {
		t.Tools = slices.Insert(t.Tools, i, tool)
	}
}

// Join adds what was told of the same scenario when it was played again: the
// worst of both counts.
func (t *Told) Join(o Told) {
	t.Found, t.False, t.Records = min(t.Found, o.Found), max(t.False, o.False), max(t.Records, o.Records)
	for _, n := range o.Probes {
		if n > 0 {
			t.opened(n)
		}
	}
	for _, n := range o.Tools {
		t.name(n)
	}
}
