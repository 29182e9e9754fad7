package main

import (
	"testing"
	"time"

	"klaxon"
	"klaxon/internal/control"
)

// TestGrow: an open alarm has the numbers of now, unless its source is told with others,
// or the alarm is of one touch.
func TestGrow(t *testing.T) {
	open := control.Why{Known: true, Told: true, Contacts: 21, Hosts: 1, Services: 21}
	later := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	open.Last = &later
	crowd, run, over, less := open, open, open, open
	crowd.Crowd, run.Run, over.Told, less.Contacts, less.Services = "abc", 3, false, 2, 2
	for _, c := range []struct {
		name  string
		w     control.Why
		shape klaxon.Shape
		want  int
	}{
		{"by itself", open, klaxon.ShapeVertical, 21}, {"in a crowd", crowd, klaxon.ShapeVertical, 3}, {"in a run", run, klaxon.ShapeVertical, 3},
		{"over", over, klaxon.ShapeVertical, 3}, {"anew", less, klaxon.ShapeVertical, 3}, {"a touch", open, klaxon.ShapeTouch, 3},
	} {
		a := &klaxon.Alarm{Scan: klaxon.Scan{Shape: c.shape, Probes: 3, Targets: klaxon.Targets{Hosts: 1, Services: 3}}}
		if grow(a, &c.w); a.Probes != uint64(c.want) || a.Targets.Services != c.want || a.Targets.Hosts != 1 {
			t.Errorf("%s: %d probes, %+v; want %d", c.name, a.Probes, a.Targets, c.want)
		}
		if alone := c.w.Told && c.w.Crowd == "" && c.w.Run == 0; a.Last.Equal(later) != alone {
			t.Errorf("%s: active last at %s", c.name, a.Last)
		}
	}
}
