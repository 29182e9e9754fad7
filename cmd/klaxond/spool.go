package main

import (
	"bytes"
	"errors"

	"klaxon"
	"klaxon/internal/control"
	"klaxon/internal/pipeline"
	"klaxon/internal/render"
	"klaxon/internal/store"
)

// spoolPrefix is before an output's name in the name of what it left.
const spoolPrefix = "output-"

// spools gives each output that waits for somebody else a place in the store, for
// what it could not deliver before the end. Without a store there is none.
func (d *daemon) spools() {
	if d.keeper == nil {
		return
	}
	for i := range d.sinks {
		if o := &d.sinks[i]; o.Delivery.Deadline > 0 {
			o.Spool = d.spool(spoolPrefix + o.Sink.Name())
		}
	}
}

func (d *daemon) spool(name string) pipeline.Spool {
	s := pipeline.Spool{
		Leave: func(records []klaxon.Record) int { return d.putAway(name, records) },
		Forget: func() {
			if err := d.keeper.SaveMemory(name, nil); err != nil {
				d.say("%v", err) // then they are told once more
			}
		},
	}
	lines, err := d.keeper.LoadMemory(name)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		d.say("what output %s had left is not told: %v", name, err)
	}
	for line := range bytes.Lines(lines) {
		r, err := control.Recall(bytes.TrimSuffix(line, []byte{'\n'}))
		if err != nil {
			d.say("a record that output %s had left is not told: %v", name, err)
			continue
		}
		s.First = append(s.First, r)
	}
	return s
}

// putAway keeps as many records as there is room for, the oldest first.
func (d *daemon) putAway(name string, records []klaxon.Record) int {
	var lines []byte
	n := 0
	for _, r := range records {
		before := len(lines)
		if lines = append(render.AppendJSON(lines, r), '\n'); len(lines) > store.MemoryMax {
			lines = lines[:before]
			break
		}
		n++
	}
	if err := d.keeper.SaveMemory(name, lines); err != nil {
		d.say("%v", err)
		return 0
	}
	return n
}
