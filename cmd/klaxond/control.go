package main

import (
	"context"
	"net/netip"
	"os"
	"sync"
	"time"

	"klaxon/internal/chain"
	"klaxon/internal/classify"
	"klaxon/internal/control"
	"klaxon/internal/pipeline"
	"klaxon/internal/pipeline/detect"
	"klaxon/internal/sandbox"
	"klaxon/internal/store"
)

var _ control.Host = (*desk)(nil)

// desk is where klaxonctl asks: a control.Host over the daemon's parts.
type desk struct {
	d       *daemon
	server  *control.Server
	started time.Time

	mu      sync.Mutex
	samples []sample // of the last minute, for rates
}

// openControl makes the socket, and the output that those who follow read from.
// Without a socket nobody can ask, and the traps go on.
func (d *daemon) openControl(user sandbox.Identity) {
	cfg, hub := control.Config{Path: d.paths.Ask(), UID: -1, GID: -1}, control.NewHub()
	if os.Geteuid() == 0 && !user.Shared() {
		cfg.UID, cfg.GID = user.UID, user.GID
	}
	server, err := control.Open(cfg, hub)
	if err != nil {
		d.say("klaxonctl will not be answered: %v", err)
		return
	}
	d.desk = &desk{d: d, server: server, started: time.Now()}
	d.sinks = append(d.sinks, pipeline.Output{Sink: hub, Keep: true})
}

// answer answers until ctx ends.
func (d *daemon) answer(ctx context.Context) {
	if d.desk == nil {
		return
	}
	d.drills.ctx = ctx
	stop := background(d.desk.sampleRates)
	defer stop()
	if err := d.desk.server.Run(ctx, d.desk); err != nil {
		d.say("klaxonctl is not answered any more: %v", err)
	}
}

func (k *desk) close() {
	if err := k.server.Close(); err != nil {
		k.d.say("remove %s: %v", k.d.paths.Ask(), err)
	}
}

// Why implements control.Host.
func (k *desk) Why(ctx context.Context, addr netip.Addr) (control.Why, error) {
	var facts classify.Facts
	var known bool
	err := k.d.watch.Ask(ctx, func(det *detect.Detector) { facts, known = det.Why(addr) })
	allowed := text(k.d.allowed.list().Reason(addr, time.Now()))
	if err != nil || !known {
		return control.Why{Addr: addr, Allowed: allowed}, err
	}
	w := whyOf(&facts)
	w.Allowed = allowed
	return w, nil
}

func whyOf(f *classify.Facts) control.Why {
	w := control.Why{
		Addr: f.Addr, Known: true, Wide: f.Wide, First: moment(f.First), Last: moment(f.Last),
		Score: f.Score, Threshold: f.Threshold, Contacts: f.Contacts, Traps: f.Traps, Touches: f.Touches,
		Refused: f.Refused, Unanswered: f.Unanswered, Empty: f.Empty, Illegal: f.Illegal, Succeeded: f.Succeeded,
		Repeats: f.Repeats, Paced: f.Paced, Hosts: f.Hosts, Services: f.Services, Tool: f.Tool.Name,
		Proof: f.Proof.String(), Class: f.Class, Run: f.Run, Scan: f.Scan, Innocent: f.Innocent,
		Confidence: f.Confidence.String(), Told: f.Told, Crowd: f.Crowd, Why: f.Why, Missing: f.Missing,
	}
	if a := f.Alarm; a != nil {
		w.Alarm = &control.OpenAlarm{ID: a.ID, Probes: a.Probes, Hosts: a.Hosts, Services: a.Services, Last: a.Last.UTC()}
	}
	for _, t := range f.Techniques {
		w.Technique = append(w.Technique, string(t))
	}
	for _, m := range f.Marks {
		w.Marks = append(w.Marks, string(m))
	}
	return w
}

// moment is a time, nil for none.
func moment(t time.Time) *time.Time {
	if t.IsZero() || t.UnixNano() == 0 {
		return nil
	}
	t = t.UTC()
	return &t
}

// kept is the store as it answers.
func (k *desk) kept() (store.Reader, error) {
	if k.d.keeper == nil {
		return nil, control.Refuse(control.ErrUnavailable, "nothing is kept: store.enabled = false, or the store could not be opened")
	}
	return k.d.keeper, nil
}

// Records implements control.Host.
func (k *desk) Records(ctx context.Context, f store.Filter) (store.Page, error) {
	r, err := k.kept()
	if err != nil {
		return store.Page{}, err
	}
	return r.Query(ctx, f)
}

// Alarm implements control.Host.
func (k *desk) Alarm(ctx context.Context, id string) (store.Alarm, error) {
	r, err := k.kept()
	if err != nil {
		return store.Alarm{}, err
	}
	return r.Alarm(ctx, id)
}

// Evidence implements control.Host.
func (k *desk) Evidence(ctx context.Context, id string) ([]byte, error) {
	r, err := k.kept()
	if err != nil {
		return nil, err
	}
	return r.Evidence(ctx, id)
}

// Verify implements control.Host.
func (k *desk) Verify(ctx context.Context) (chain.Report, error) {
	r, err := k.kept()
	if err != nil {
		return chain.Report{}, err
	}
	return r.Verify(ctx, nil)
}
