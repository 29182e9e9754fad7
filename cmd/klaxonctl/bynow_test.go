package main

import (
	"testing"
	"time"

	"klaxon"
	"klaxon/internal/control"
)

// TestGrow: an open alarm has the numbers of now, and no other alarm of its source.
func TestGrow(t *testing.T) {
	later := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		name string
		now  *control.OpenAlarm
		want uint64
	}{
		{"by itself", &control.OpenAlarm{ID: "x", Probes: 21, Hosts: 2, Services: 20, Last: later}, 21},
		{"another", &control.OpenAlarm{ID: "y", Probes: 21, Hosts: 2, Services: 20, Last: later}, 3},
		{"none of its own", nil, 3},
	} {
		a := &klaxon.Alarm{ID: "x", Scan: klaxon.Scan{Probes: 3, Targets: klaxon.Targets{Hosts: 1, Services: 3}}}
		grow(a, &control.Why{Alarm: c.now})
		if grown := c.want > 3; a.Probes != c.want || (a.Targets.Hosts == 2) != grown || (a.Targets.Services == 20) != grown || a.Last.Equal(later) != grown {
			t.Errorf("%s: %+v", c.name, a)
		}
	}
}
