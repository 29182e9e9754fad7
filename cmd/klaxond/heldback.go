package main

import (
	"context"
	"encoding/json"
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
	data, err := d.keeper.LoadMemory(heldName)
	switch {
	case errors.Is(err, store.ErrNotFound):
		return h
	case err == nil:
		err = json.Unmarshal(data, &h)
	}
	if err != nil {
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
	kept, said := d.heldBefore(), ""
	for ended := false; !ended; {
		select {
		case <-ctx.Done():
			ended = true
		case <-tick.C:
		}
		now := d.pipe.Counts().Held
		if now == kept {
			continue
		}
		if err := d.keepHeld(now); err == nil {
			kept = now
		} else if text := err.Error(); text != said {
			said = text
			d.say("%v", err)
		}
	}
}

func (d *daemon) keepHeld(h pipeline.Held) error {
	data, err := json.Marshal(h)
	if err != nil {
		return err
	}
	return d.keeper.SaveMemory(heldName, data)
}
