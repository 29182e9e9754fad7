package main

import (
	"bufio"
	"strings"
	"testing"
	"time"

	"klaxon/internal/control"
)

// TestDrilled: the line of the probes speaks of probes. An output that did not get
// the notice has a line of its own.
func TestDrilled(t *testing.T) {
	at := time.Unix(1_700_000_000, 0)
	probe := func(outputs ...string) control.DrillEvent {
		e := control.DrillEvent{Name: "connect IPv4", Sent: &at, Seen: &at, Found: &at, Rang: true, Arrived: map[string]time.Time{}}
		for _, o := range outputs {
			e.Arrived[o] = at
		}
		return e
	}
	due := at.Add(time.Minute)
	notices := []control.DrillNotice{{Output: "json", Arrived: &at}, {Output: "syslog"}, {Output: "mail", Due: &due}}
	for _, tt := range []struct {
		name   string
		events []control.DrillEvent
		want   string
	}{
		{"all", []control.DrillEvent{probe("json", "store"), probe("json", "store")}, "ok        2 of 2 probes rang, and arrived in json, store\n"},
		{"one is not kept", []control.DrillEvent{probe("json", "store"), probe("json")}, "MISSING   1 of 2 probes rang, and arrived in json, store\n"},
		{"none was sent", []control.DrillEvent{{Name: "fin IPv4", Skipped: "no raw socket"}}, "MISSING   0 of 0 probes rang, and arrived in json, store\n"},
	} {
		var b strings.Builder
		q := question{out: bufio.NewWriter(&b), look: look{loc: time.UTC, now: at}}
		q.drilled(&control.Drill{ID: "x", Begun: at, Events: tt.events, Keepers: []string{"json", "store"}, Notices: notices})
		q.out.Flush()
		if text := b.String(); !strings.Contains(text, tt.want) || !strings.Contains(text, "MISSING   syslog did not get it") ||
			!strings.Contains(text, "waits     mail sends it with its digest, at 22:14:20:") {
			t.Errorf("%s:\n%s", tt.name, text)
		}
	}
}
