package main

import (
	"fmt"
	"time"

	"klaxon/internal/control"
	"klaxon/internal/decode"
	"klaxon/internal/pipeline"
	"klaxon/internal/pipeline/wire"
	"klaxon/internal/render"
	"klaxon/internal/watch/listen"
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
	switch {
	case d.keeper == nil || d.unkept: // which was said
	case d.records != "":
		d.say("and are kept for klaxonctl in %s", d.cfg.Store.Path)
	default:
		d.say("records are kept for klaxonctl in %s", d.cfg.Store.Path)
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
	for i, s := range d.own {
		if d.ownTraps[i] {
			d.say("%s/%d is no trap: the output %s has it", s.Transport, s.Number, s.Output)
		}
	}
}

// farewell says what was seen, and where it went; of a time in which nothing was,
// one line will do.
func (d *daemon) farewell(w *wire.State) {
	c, in, drills := inEarnest(d.pipe.Counts()), d.traps.Counters(), &d.drills.counts
	in.Accepted -= drills.streams.Load()
	in.Datagrams -= drills.datagrams.Load()
	w.Alarms = drills.less(w.Alarms)
	if uneventful(&c, &in, w) {
		d.say("ended: no touch, no alarm, %s looked at", amount(w.Tally[decode.Decoded], "packet", "packets"))
		return
	}
	d.say("%s taken: %s, %s, %s handed over", amount(c.In, "touch", "touches"), amount(in.Accepted, "connection", "connections"),
		amount(in.Datagrams, "datagram", "datagrams"), render.Grouped(c.In-in.Accepted-in.Datagrams))
	if n := c.Dropped + c.Unjudged; n > 0 {
		d.say("%s came faster than they could be taken", amount(n, "touch", "touches"))
	}
	if in.Lost > 0 {
		d.say("%s dropped by the kernel", amount(in.Lost, "datagram was", "datagrams were"))
	}
	d.wireSum(w)
	d.say("%s, %s taken back, in %s", amount(w.Alarms.Opened, "alarm", "alarms"), render.Grouped(w.Alarms.Retracted), amount(w.Alarms.Records, "record", "records"))
	if n := c.Drills + c.AlarmDrills; n > 0 {
		d.say("fire drills made %s, counted by the outputs alone", amount(n, "record", "records"))
	}
	for _, o := range c.Outputs {
		if o.Name != control.HubName {
			d.outputSum(&c, &o)
		}
	}
}

// uneventful tells whether there is nothing to say: nothing came, nothing rang and
// nothing was lost or is left to be told.
func uneventful(c *pipeline.Counts, in *listen.Counters, w *wire.State) bool {
	lost := c.Dropped + c.Unjudged + c.AlarmsDropped + in.Lost
	for _, i := range w.Interfaces {
		lost += i.Drops
	}
	for _, o := range c.Outputs {
		lost += o.Lost + o.AlarmsLost + o.Left + o.AlarmsLeft
	}
	return c.In+c.Drills+w.Alarms.Opened+c.AlarmDrills+lost == 0
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
	d.say("%s looked at, %s lost by the kernel", amount(w.Tally[decode.Decoded], "packet", "packets"), render.Grouped(lost))
	v := w.Coverage
	d.say("%s contacted: the answers of %s were heard, of %s not, and %s never answered", amount(v.Both+v.One+v.Never, "host", "hosts"),
		render.Grouped(v.Both), render.Grouped(v.One), render.Grouped(v.Never))
}

// outputSum says what became of the records of one output.
func (d *daemon) outputSum(c *pipeline.Counts, o *pipeline.OutputCounts) {
	alarms := amount(o.Alarms, "alarm record", "alarm records")
	if o.Keep {
		d.say("%-8s %s and %s told, %s held back, %s lost%s", o.Name, amount(o.Written, "touch", "touches"), alarms,
			render.Grouped(c.HeldBackKeep), render.Grouped(o.Lost+o.AlarmsLost), ofItsOwn(o))
		return
	}
	d.say("%-8s %s told, %s for the records alone, %s held back, %s lost%s", o.Name, alarms, render.Grouped(c.Quiet),
		render.Grouped(c.HeldBackNotify), render.Grouped(o.AlarmsLost), ofItsOwn(o))
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
			s += ", " + render.Grouped(n.count) + " " + n.what
		}
	}
	return s
}

// amount is a number with its noun.
func amount[N ~int | ~uint64](n N, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return render.Grouped(n) + " " + many
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
