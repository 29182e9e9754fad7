package main

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"klaxon/internal/pipeline/detect"
	"klaxon/internal/store"
)

// rememberEvery is how often what the detector knows is put away: that much of it
// a sudden end may cost.
const rememberEvery = 10 * time.Minute

// memory is something that outlives a restart, under its name in the store.
type memory struct {
	name     string
	remember func(*detect.Detector) []byte
	recall   func(*detect.Detector, []byte) bool // false when it is damaged
}

// memories are all of them.
var memories = []memory{
	{"living-hosts", (*detect.Detector).Remember, (*detect.Detector).Recall},
	{"passers-by", (*detect.Detector).RememberAlarms, (*detect.Detector).RecallAlarms},
}

// recall gives the detector what it knew before. It comes before the first touch.
func (d *daemon) recall(ctx context.Context) {
	if d.keeper == nil || d.unkept {
		return
	}
	for _, m := range memories {
		data, err := d.keeper.LoadMemory(m.name)
		if errors.Is(err, store.ErrNotFound) {
			continue
		}
		ok := err == nil
		if ok {
			err = d.ask(ctx, func(det *detect.Detector) { ok = m.recall(det, data) })
		}
		if err != nil {
			d.say("%v", err)
		} else if !ok {
			d.say("the memory %s in the store is damaged: it is made anew", m.name)
		}
	}
}

// remember puts away what the detector knows, until the next time.
func (d *daemon) remember(ctx context.Context) {
	if d.keeper == nil {
		return
	}
	for _, m := range memories {
		var data []byte
		err := d.watch.Ask(ctx, func(det *detect.Detector) { data = m.remember(det) })
		if err == nil {
			err = d.keeper.SaveMemory(m.name, data)
		}
		if err != nil {
			d.say("%v", err)
		}
	}
}

// load reads a memory of JSON; store.ErrNotFound when there is none.
func (k *keeper) load(name string, to any) error {
	data, err := k.LoadMemory(name)
	if err != nil {
		return err
	}
	return json.Unmarshal(data, to)
}

// save keeps a memory of JSON.
func (k *keeper) save(name string, of any) error {
	data, err := json.Marshal(of)
	if err != nil {
		return err
	}
	return k.SaveMemory(name, data)
}

// tendMemory remembers now and then until ctx ends, and for the last time then.
func (d *daemon) tendMemory(ctx context.Context) {
	tick := time.NewTicker(rememberEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			d.remember(context.Background())
			return
		case <-tick.C:
			d.remember(ctx)
		}
	}
}
