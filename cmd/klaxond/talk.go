package main

import (
	"fmt"
	"time"

	"klaxon/internal/control"
	"klaxon/internal/decode"
	"klaxon/internal/pipeline"
	"klaxon/internal/pipeline/wire"
)

// greet says what is armed and what is heard, where records go, and what to try.
func (d *daemon) greet() {
	b := newBanner(d.traps.Status())
	d.trapNotes(b)
	d.wireNotes()
	d.outputNotes()
	if d.records != "" {
		d.say("records go to %s", d.records)
	}
	if d.keeper != nil {
		d.say("and are kept for klaxonctl in %s", d.cfg.Store.Path)
	}
	if line := b.example(); line != "" && d.cfg.Output.Terminal {
		d.say("try, in another terminal:  %s", line)
	}
}

func (d *daemon) trapNotes(b banner) {
	if d.passive() {
		d.say("passive: no trap is armed, and nothing is sent")
		return
	}
	b.write(d.stderr)
	d.trapsSaid = b.text()
}

// farewell says what was seen, and where it went.
func (d *daemon) farewell(w *wire.State) {
	c, in := d.pipe.Counts(), d.traps.Counters()
	in.Accepted -= d.drills.self.streams.Load()
	in.Datagrams -= d.drills.self.datagrams.Load()
	d.say("%d touches taken: %d connections, %d datagrams, %d handed over", c.In, in.Accepted, in.Datagrams, c.In-in.Accepted-in.Datagrams)
	if n := c.Dropped + c.Unjudged; n > 0 {
		d.say("%d touches came faster than they could be taken", n)
	}
	if in.Lost > 0 {
		d.say("%d datagrams were dropped by the kernel", in.Lost)
	}
	d.wireSum(w)
	w.Alarms = d.drills.self.less(w.Alarms)
	d.say("%d alarms, %d taken back, in %d records", w.Alarms.Opened, w.Alarms.Retracted, w.Alarms.Records)
	for _, o := range c.Outputs {
		if o.Name != control.HubName {
			d.outputSum(&c, &o)
		}
	}
}

// wireSum says what of the wire was seen.
func (d *daemon) wireSum(w *wire.State) {
	if d.live == nil {
		return
	}
	var lost uint64
	for _, in := range w.Interfaces {
		lost += in.Drops
	}
	d.say("%d packets looked at, %d lost by the kernel", w.Tally[decode.Decoded], lost)
	v := w.Coverage
	d.say("%d hosts contacted: the answers of %d were heard, of %d not, and %d never answered", v.Both+v.One+v.Never, v.Both, v.One, v.Never)
}

// outputSum says what became of the records of one output.
func (d *daemon) outputSum(c *pipeline.Counts, o *pipeline.OutputCounts) {
	if o.Keep {
		d.say("%-8s %d touches and %d alarm records told, %d held back, %d lost%s", o.Name, o.Written, o.Alarms, c.HeldBackKeep, o.Lost+o.AlarmsLost, ofItsOwn(o))
		return
	}
	d.say("%-8s %d alarm records told, %d for the records alone, %d held back, %d lost%s", o.Name, o.Alarms, c.Quiet, c.HeldBackNotify, o.AlarmsLost, ofItsOwn(o))
}

// ofItsOwn says what filter, budget and a dead peer of an output kept from it.
func ofItsOwn(o *pipeline.OutputCounts) (s string) {
	for _, n := range []struct {
		count uint64
		what  string
	}{
		{o.Passed + o.AlarmsPassed, "not wanted"},
		{o.HeldBack + o.AlarmsHeldBack, "over its own budget"},
		{o.Left + o.AlarmsLeft, "left for the next start"},
	} {
		if n.count > 0 {
			s += fmt.Sprintf(", %d %s", n.count, n.what)
		}
	}
	return s
}

func (d *daemon) say(format string, args ...any) {
	fmt.Fprintf(d.stderr, "klaxond: "+format+"\n", args...)
}

// tick is a ticker, or one that never ticks when there is no interval.
func tick(interval time.Duration) *time.Ticker {
	if interval > 0 {
		return time.NewTicker(interval)
	}
	t := time.NewTicker(time.Hour)
	t.Stop()
	return t
}
