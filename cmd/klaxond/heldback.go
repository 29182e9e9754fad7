package main

import (
	"context"
	"errors"
	"time"

	"klaxon/internal/pipeline"
	"klaxon/internal/store"
)

// What budgets held back is told at latest after a minute. Until then it is in the
// store as well, so that a klaxond that is killed tells of it when it runs again: of
// all but what it held back within the last heldEvery.
const (
	heldEvery = time.Second
	heldName  = "held-back" // its memory in the store
)

// heldBefore is what a run before held back, and told nobody.
func (d *daemon) heldBefore() (h pipeline.Held) {
	if d.keeper == nil || d.unkept {
		return h
	}
	if err := d.keeper.load(heldName, &h); err != nil && !errors.Is(err, store.ErrNotFound) {
		d.say("how much the run before held back is lost: read the memory %s: %v", heldName, err)
		return pipeline.Held{}
	}
	return h
}

// tendHeld keeps what is held back and not told, as often as that changes, until ctx
// ends, which is when all is told.
func (d *daemon) tendHeld(ctx context.Context) {
	if d.keeper == nil {
		return
	}
	tick := time.NewTicker(heldEvery)
	defer tick.Stop()
	var kept *pipeline.Held // nil until something is
	said := ""
	for ended := false; !ended; {
		select {
		case <-ctx.Done():
			ended = true
		case <-tick.C:
		}
		now := d.pipe.Counts().Held
		if kept != nil && now == *kept {
			continue
		}
		if err := d.keeper.save(heldName, now); err == nil {
			kept = &now
		} else if text := err.Error(); text != said {
			said = text
			d.say("%v", err)
		}
	}
}
