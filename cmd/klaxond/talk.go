package main

import (
	"fmt"
	"time"
)

// greet says what is armed, where records go, and what to try.
func (d *daemon) greet() {
	b := newBanner(d.traps.Status())
	b.write(d.stderr)
	if d.records != "" {
		d.say("records go to %s", d.records)
	}
	if line := b.example(); line != "" && d.cfg.Output.Terminal {
		d.say("try, in another terminal:  %s", line)
	}
}

// farewell says what was seen, and where it went.
func (d *daemon) farewell() {
	c, in := d.pipe.Counts(), d.traps.Counters()
	d.say("%d touches taken: %d connections, %d datagrams, %d handed over", c.In, in.Accepted, in.Datagrams, c.In-in.Accepted-in.Datagrams)
	if c.Dropped > 0 {
		d.say("%d touches came faster than they could be taken", c.Dropped)
	}
	if in.Lost > 0 {
		d.say("%d datagrams were dropped by the kernel", in.Lost)
	}
	for _, o := range c.Outputs {
		held := c.HeldBackNotify
		if o.Keep {
			held = c.HeldBackKeep
		}
		d.say("%-8s %d told, %d held back, %d lost", o.Name, o.Written, held, o.Lost)
	}
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
