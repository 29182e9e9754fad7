package main

import (
	"strings"
	"testing"
	"time"
)

// TestAbsence: whoever asks what was in the records is told when nobody watched, and
// not of each restart.
func TestAbsence(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	ago := func(d time.Duration) time.Time { return now.Add(-d) }
	for name, x := range map[string]struct {
		before alive
		seen   time.Time
		since  time.Duration
		says   string // "" for no news
	}{
		"a restart":                {alive{ago(2 * time.Second), true}, ago(3 * time.Second), 0, ""},
		"stopped for a night":      {alive{ago(8 * time.Hour), true}, ago(9 * time.Hour), 8 * time.Hour, "klaxond did not run for 8h0m0s"},
		"killed":                   {alive{ago(9 * time.Second), false}, ago(time.Hour), 9 * time.Second, "killed, or its host was, and did not run for 9s at most"},
		"killed after a record":    {alive{ago(50 * time.Second), false}, ago(4 * time.Second), 4 * time.Second, "for 4s at most"},
		"the clock was set back":   {alive{ago(-time.Hour), false}, ago(time.Hour), 0, ""},
		"its record is tomorrow's": {alive{ago(time.Minute), false}, ago(-24 * time.Hour), time.Minute, "for 1m0s at most"},
	} {
		h, news := x.before.absence(x.seen, now)
		switch {
		case news != (x.says != ""):
			t.Errorf("%s: news %v: %+v", name, news, h)
		case news && (!strings.Contains(h.Detail, x.says) || !h.Since.Equal(ago(x.since)) || h.Count != 0):
			t.Errorf("%s: %+v, want since %s: %s", name, h, ago(x.since), x.says)
		}
	}
}

func TestStoodStill(t *testing.T) {
	now := time.Now()
	for pause, want := range map[time.Duration]string{
		aliveEvery: "", aliveEvery + 20*time.Second: "", aliveEvery + 10*time.Minute: "no turn, for 10m0s at least",
	} {
		h, news := stoodStill(now.Add(-pause), now)
		if news != (want != "") || !strings.Contains(h.Detail, want) {
			t.Errorf("after %s: %v, %+v", pause, news, h)
		}
	}
}
