package main

import (
	"slices"
	"sync/atomic"

	"klaxon"
	"klaxon/internal/pipeline"
	"klaxon/internal/policy"
)

// drillCounts are of what fire drills and self-tests did, which the traps and the
// detector count with all others.
type drillCounts struct {
	streams, datagrams atomic.Uint64 // touches of traps
	opened, records    atomic.Uint64 // alarms
}

// touched counts a touch.
func (c *drillCounts) touched(t *klaxon.Touch) {
	if t.Transport == klaxon.UDP {
		c.datagrams.Add(1)
	} else {
		c.streams.Add(1)
	}
}

// heard counts a record of an alarm, if it is part of a drill.
func (c *drillCounts) heard(a *klaxon.Alarm) {
	if !slices.Contains(a.Marks, klaxon.MarkDrill) {
		return
	}
	c.records.Add(1)
	if a.Event == klaxon.EventOpen {
		c.opened.Add(1)
	}
}

// less takes drills out of the detector's counts.
func (c *drillCounts) less(n policy.AlarmCounts) policy.AlarmCounts {
	n.Opened -= min(n.Opened, c.opened.Load())
	n.Records -= min(n.Records, c.records.Load())
	return n
}

// inEarnest are the counts of a pipeline without what was part of fire drills.
func inEarnest(c pipeline.Counts) pipeline.Counts {
	c.In -= c.Drills
	c.Alarms -= c.AlarmDrills
	c.Quiet -= c.QuietDrills
	return c
}
