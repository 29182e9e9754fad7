package main

import (
	"context"
	"time"

	"klaxon"
	"klaxon/internal/pipeline/detect"
	"klaxon/internal/policy"
)

// weatherEvery is how often the detector is asked whether a day of passers-by is
// over.
const weatherEvery = time.Minute

// tellWeather tells of the day's passers-by, when that is over.
func (d *daemon) tellWeather(ctx context.Context) {
	var h klaxon.Health
	var due bool
	err := d.watch.Ask(ctx, func(det *detect.Detector) { h, due = det.Weather(time.Now()) })
	if err == nil && due {
		d.pipe.Health(h)
	}
}

// expect hands the detector the list of who is expected, and is called at a
// reload: at the start it has it already.
func (d *daemon) expect(ctx context.Context) {
	list := d.expected()
	if err := d.watch.Ask(ctx, func(det *detect.Detector) { det.SetAllow(list) }); err != nil {
		d.say("the old list of who is expected stays in use: %v", err)
	}
}

// expected is the list of who is expected, as the configuration has it.
func (d *daemon) expected() *policy.AllowList { return policy.NewAllowList(d.cfg.Allow) }
