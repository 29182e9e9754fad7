package main

import (
	"context"
	"fmt"
	"time"

	"klaxon"
	"klaxon/internal/chain"
)

// While klaxond does not run nobody watches, and the records have a gap that looks like
// quiet. So it notes in the store every aliveEvery that it runs, and the next one tells
// since when that ceased; not after an end in order that lasted less than absentTold, as
// a restart does.
const (
	aliveEvery = time.Minute
	absentTold = time.Minute
	aliveName  = "alive" // its memory in the store
)

// alive is when a klaxond noted that it runs.
type alive struct {
	At    time.Time `json:"at"`
	Ended bool      `json:"ended,omitempty"` // in order
}

// absence says how long nobody watched, false when that is no news. seen is when a
// record was kept last.
func (a *alive) absence(seen, now time.Time) (h klaxon.Health, news bool) {
	last := a.At
	if !a.Ended && seen.After(last) && seen.Before(now) {
		last = seen
	}
	away := now.Sub(last)
	if away <= 0 || a.Ended && away < absentTold {
		return h, false // or the clock was set back
	}
	why := "klaxond did not run for " + lasting(away)
	if !a.Ended {
		why = fmt.Sprintf("klaxond was killed, or its host was, and did not run for %s at most", lasting(away))
	}
	return klaxon.Health{What: klaxon.HealthSilence, Since: last, Detail: why}, true
}

func lasting(d time.Duration) string { return max(d.Round(time.Second), time.Second).String() }

// tellAbsence tells of the time before this run. It comes when there is a pipeline.
func (d *daemon) tellAbsence() {
	if d.keeper == nil || d.unkept {
		return
	}
	var before alive
	err := d.keeper.load(aliveName, &before)
	now, seen := time.Now(), d.keeper.Head(chain.Touches).Time
	if last := d.keeper.Head(chain.Alarms).Time; last.After(seen) {
		seen = last
	}
	if err == nil { // else it is the first that ran
		if h, news := before.absence(seen, now); news {
			d.pipe.Health(h)
		}
	}
	d.noteAlive(alive{At: now})
}

// noteAlive says in the next minute what it said in this if the store cannot take it,
// which tells of that itself.
func (d *daemon) noteAlive(a alive) {
	_ = d.keeper.save(aliveName, a)
}

// tendAlive notes that klaxond runs until ctx ends, and that it ends.
func (d *daemon) tendAlive(ctx context.Context) {
	if d.keeper == nil {
		return
	}
	tick := time.NewTicker(aliveEvery)
	defer tick.Stop()
	for last := time.Now(); ; {
		select {
		case <-ctx.Done():
			d.noteAlive(alive{At: time.Now(), Ended: true})
			return
		case <-tick.C:
		}
		now := time.Now()
		if h, news := stoodStill(last, now); news {
			d.pipe.Health(h)
		}
		d.noteAlive(alive{At: now})
		last = now
	}
}

// stoodStill says how long klaxond had no turn between two notes, false when that is no
// news. It goes by the clock that runs on: what is done to the one on the wall is told by
// itself.
func stoodStill(last, now time.Time) (h klaxon.Health, news bool) {
	still := now.Sub(last) - aliveEvery
	if still < absentTold/2 {
		return h, false
	}
	return klaxon.Health{What: klaxon.HealthSilence, Since: now.Add(-still).Round(0),
		Detail: "klaxond was stopped, or the machine gave it no turn, for " + lasting(still) + " at least"}, true
}
