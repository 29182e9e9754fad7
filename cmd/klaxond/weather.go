package main

import (
	"context"
	"time"

	"klaxon"
	"klaxon/internal/pipeline/detect"
)

// tendCalm looks now and then, until ctx ends, whether a day of passers-by is over,
// or a rule of who is expected, or the time of learning.
func (d *daemon) tendCalm(ctx context.Context) {
	tick := time.NewTicker(allowEvery)
	defer tick.Stop()
	for {
		d.weather(ctx, time.Now())
		d.expire(ctx, time.Now())
		d.graduate(time.Now())
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// weather tells of a day of passers-by when it is over.
func (d *daemon) weather(ctx context.Context, now time.Time) {
	var h klaxon.Health
	var over bool
	err := d.watch.Ask(ctx, func(det *detect.Detector) { h, over = det.Weather(now) })
	if err == nil && over { // otherwise it is asked again
		d.pipe.Health(h)
		d.remember(ctx) // a restart must not tell it twice
	}
}
