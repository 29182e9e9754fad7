package drill

import (
	"slices"
	"strings"
	"time"

	"klaxon"
)

// Alarm notes a record of an alarm, and tells whether it is of a self-test, of
// which no record is made.
func (d *Drills) Alarm(a *klaxon.Alarm) (silent bool) {
	if !marked(a.Marks) {
		return false
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if slices.Contains(d.silent, a.ID) {
		return true
	}
	r := d.run
	if r == nil {
		return false
	}
	e := r.eventOf(a)
	if e == nil {
		return false
	}
	if e.Found.IsZero() {
		e.Found, e.Alarm = d.now(), a.ID
		if r.Silent {
			d.hush(a.ID)
		}
	}
	// What begins as one technique may turn out to be another.
	e.As = slices.Clone(a.Techniques)
	return r.Silent
}

// SelfTest tells an alarm of a self-test, of which nothing is kept.
func (d *Drills) SelfTest(a *klaxon.Alarm) bool {
	if !marked(a.Marks) {
		return false
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Contains(d.silent, a.ID) || d.run != nil && d.run.Silent && d.run.eventOf(a) != nil
}

func (d *Drills) hush(id string) {
	if len(d.silent) >= silentMax {
		d.silent = slices.Delete(d.silent, 0, 1)
	}
	d.silent = append(d.silent, id)
}

// eventOf finds the event that an alarm is about: each has a source or a technique
// of its own.
func (r *run) eventOf(a *klaxon.Alarm) *Event {
	for _, e := range r.events {
		switch {
		case e.Alarm == a.ID:
			return e
		case e.Alarm != "" || !e.Flow.Source.IsValid() || e.Flow.Source.Addr() != a.Source.Addr.Unmap():
		case r.Silent || slices.Contains(a.Techniques, e.Kind.Technique()):
			return e
		}
	}
	return nil
}

// Told notes what an output took. It looks at records of drills alone.
func (d *Drills) Told(output string, took []klaxon.Record) {
	if !d.on.Load() {
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, x := range took {
		switch x := x.(type) {
		case *klaxon.Touch:
			if n, ok := d.run.flows[flowOfTouch(x)]; ok && marked(x.Marks) {
				d.note(d.run.events[n].Touches, output)
			}
		case *klaxon.Alarm:
			for _, e := range d.run.events {
				if e.Alarm == x.ID && e.Alarm != "" {
					d.note(e.Alarms, output)
				}
			}
		case *klaxon.Health:
			if x.What == klaxon.HealthTest && strings.Contains(x.Detail, d.run.id) {
				d.note(d.run.notices, output)
			}
		}
	}
}

// note keeps when an output first took something.
func (d *Drills) note(taken map[string]time.Time, output string) {
	if _, ok := taken[output]; !ok {
		taken[output] = d.now()
	}
}
