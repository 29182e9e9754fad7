package main

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"time"

	"klaxon"
	"klaxon/internal/control"
	"klaxon/internal/drill"
	"klaxon/internal/drill/probe"
	"klaxon/internal/pipeline/detect"
	"klaxon/internal/watch/listen"
)

// Our own choices for drills.
const (
	drillMost     = 10 * time.Minute
	drillLeast    = 10 * time.Second      // a half-open probe counts after 8 s of silence
	elsewhereWait = 5 * time.Minute       // until somebody has carried the code to another host
	drillLook     = 50 * time.Millisecond // how often it is looked whether all has arrived
	abandonAfter  = 5 * time.Second       // klaxonctl asks five times a second
	noticeWait    = 10 * time.Second      // for the record of its end to reach the outputs
	connectWait   = 3 * time.Second
	portIdent     = 113 // has rules of its own
	loopbackName  = "lo"
)

// drills is what klaxond knows of its drills.
type drills struct {
	*drill.Drills                   // nil where none is allowed
	raw           *probe.Raw        // nil where raw probes cannot be sent
	rawless       string            // why
	ctx           context.Context   // of what answers klaxonctl
	orders        map[string]*order // the newest alone
	self          selfTest
	counts        drillCounts
	digests       digests
}

// order is a drill that klaxonctl asked for.
type order struct {
	done  bool
	asked time.Time // how far it has come, the last time
}

// openDrill opens what raw probes are sent by: bound to lo, so that they never
// leave this host, whoever would have them.
func (d *daemon) openDrill() {
	if !d.cfg.Drill.Enabled {
		return
	}
	d.drills.Drills = drill.New(nil)
	switch {
	case d.passive():
		d.drills.rawless = `mode = "passive" sends nothing`
	case !d.hears(loopbackName):
		d.drills.rawless = "the wire is not watched on " + loopbackName
	default:
		raw, err := probe.OpenRaw(loopbackName)
		if err != nil {
			d.drills.rawless = err.Error()
		}
		d.drills.raw = raw
	}
}

// hears tells whether an interface is watched.
func (d *daemon) hears(name string) bool {
	if d.live == nil {
		return false
	}
	for _, in := range d.live.Interfaces() {
		if in.Name == name {
			return true
		}
	}
	return false
}

// drilled takes the touch of a trap if it is part of a drill.
func (d *daemon) drilled(t *klaxon.Touch, c listen.Conn) bool {
	if d.drills.Drills == nil {
		return false
	}
	ok, silent := d.drills.Touch(t)
	if !ok {
		return false
	}
	if c.FD() >= 0 {
		c.Close()
	}
	d.drills.counts.touched(t)
	if !silent {
		d.pipe.Touch(t)
		return true
	}
	own := *t
	own.Payload = nil // the watcher's
	d.watch.Touch(&own)
	return true
}

// told is what hears of the outputs for drills.
func (d *daemon) told() func(string, []klaxon.Record) {
	if d.drills.Drills == nil {
		return nil
	}
	return func(output string, took []klaxon.Record) {
		d.drills.digests.took(output, time.Now())
		d.drills.Told(output, took)
	}
}

// freshDrill has the detector forget what drills did before.
func (d *daemon) freshDrill(ctx context.Context) error {
	var salt [8]byte
	rand.Read(salt[:]) // never fails, see crypto/rand
	return d.watch.Ask(ctx, func(det *detect.Detector) { det.BeginDrill(binary.BigEndian.Uint64(salt[:])) })
}

var _ control.Driller = (*desk)(nil)

// Drill implements control.Driller.
func (k *desk) Drill(ctx context.Context, o control.DrillOrder) (control.Drill, error) {
	d := k.d
	if d.drills.Drills == nil {
		return control.Drill{}, control.Refuse(control.ErrUnavailable, "drill.enabled = false")
	}
	wait := time.Duration(o.For)
	switch {
	case wait < 0 || wait > drillMost:
		return control.Drill{}, control.Refuse(control.ErrInvalid, "a drill takes at most %v", drillMost)
	case wait > 0 && wait < drillLeast && !o.Elsewhere:
		return control.Drill{}, control.Refuse(control.ErrInvalid, "a drill takes %v at least: a half-open probe counts after 8s without an answer", drillLeast)
	}
	var plan drill.Plan
	var posts []post
	var err error
	var code string
	if o.Elsewhere {
		if wait == 0 {
			wait = elsewhereWait
		}
		plan, code = d.drillElsewhere(wait)
	} else if plan, posts, err = d.drillHere(); err != nil {
		return control.Drill{}, err
	}
	id, err := d.beginDrill(ctx, plan)
	if err != nil {
		return control.Drill{}, err
	}
	if err := d.freshDrill(ctx); err != nil {
		d.drills.End(id)
		return control.Drill{}, err
	}
	arrive := drill.DefaultWait
	if !o.Elsewhere && wait > 0 {
		arrive = wait
	}
	k.mu.Lock()
	d.drills.orders = map[string]*order{id: {asked: time.Now()}}
	k.mu.Unlock()
	go k.conduct(id, plan, posts, wait, arrive)
	report, err := k.Drilled(ctx, id)
	report.Code = code
	return report, err
}

// beginDrill waits for a self-test to end, which takes no time where all is well.
func (d *daemon) beginDrill(ctx context.Context, plan drill.Plan) (id string, err error) {
	ctx, cancel := context.WithTimeout(ctx, selfTestWait+time.Second)
	defer cancel()
	for {
		if id, err = d.drills.Begin(plan); !errors.Is(err, drill.ErrBusy) {
			return id, err
		}
		if !rest(ctx, drillLook) {
			return "", control.Refuse(control.ErrUnavailable, "%v", err)
		}
	}
}

// conduct sends a drill's probes or waits for another host to, waits until all have
// arrived, and tells its end.
func (k *desk) conduct(id string, plan drill.Plan, posts []post, wait, arrive time.Duration) {
	d := k.d
	defer d.drills.End(id)
	if len(plan.Events) == 0 {
		ctx, cancel := context.WithTimeout(d.drills.ctx, wait)
		defer cancel()
		for rest(ctx, drillLook) && !k.begun(id) && !k.abandoned(id) {
		}
	}
	ctx, cancel := context.WithTimeout(d.drills.ctx, arrive)
	defer cancel()
	d.send(&plan, posts)
	for k.begun(id) && rest(ctx, drillLook) && !k.arrived(id) {
	}
	k.tellDrill(id)
	if !k.begun(id) {
		k.done(id)
		return
	}
	ctx, cancel = context.WithTimeout(d.drills.ctx, noticeWait)
	defer cancel()
	for rest(ctx, drillLook) && !k.noticed(id) {
	}
	k.done(id)
}

func (k *desk) done(id string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if o := k.d.drills.orders[id]; o != nil {
		o.done = true
	}
}

// rest waits, and is false when ctx ends first.
func rest(ctx context.Context, t time.Duration) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(t):
		return true
	}
}

// abandoned tells whether whoever began a drill does not ask any more: it would keep
// others from drills.
func (k *desk) abandoned(id string) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	o := k.d.drills.orders[id]
	return o == nil || time.Since(o.asked) > abandonAfter
}

// begun tells whether there is anything to wait for.
func (k *desk) begun(id string) bool {
	r, ok := k.d.drills.Report(id)
	return ok && len(r.Events) > 0
}

// arrived tells whether nothing more is to come: every probe rang, and every output
// that keeps has it.
func (k *desk) arrived(id string) bool {
	r, ok := k.d.drills.Report(id)
	return ok && len(r.Events) > 0 && len(k.missing(&r)) == 0
}

// tellDrill makes the record of a drill's end, which is all that people read of it.
func (k *desk) tellDrill(id string) {
	r, _ := k.d.drills.Report(id)
	sent := 0
	for i := range r.Events {
		if r.Events[i].Skipped == "" {
			sent++
		}
	}
	text := fmt.Sprintf("fire drill %s: all of %d probes arrived", id, sent)
	missing := k.missing(&r)
	switch {
	case sent == 0:
		text = fmt.Sprintf("fire drill %s: no probe came", id)
	case len(missing) > 0:
		text = fmt.Sprintf("fire drill %s: %d of %d probes did not arrive: %s", id, len(missing), sent, listed(missing))
	}
	k.d.pipe.Health(klaxon.Health{What: klaxon.HealthTest, Since: r.Begun, Count: uint64(sent), Detail: text})
}

// listed has as many as a line has room for; klaxonctl drill has the table.
func listed(list []string) string {
	const most = 3
	if len(list) <= most {
		return strings.Join(list, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(list[:most], ", "), len(list)-most)
}
