package main

import (
	"cmp"
	"context"
	"maps"
	"os"
	"slices"
	"sync"
	"time"

	"klaxon"
	"klaxon/internal/control"
	"klaxon/internal/decode"
	"klaxon/internal/pipeline"
	"klaxon/internal/pipeline/detect"
	"klaxon/internal/pipeline/wire"
	"klaxon/internal/render"
	"klaxon/internal/store"
	"klaxon/internal/track"
	"klaxon/internal/watch/listen"
)

// detectorPatience is how long a status waits for the detector: what a part does
// not tell is left out, and that is told.
const detectorPatience = 2 * time.Second

// Status implements control.Host.
func (k *desk) Status(ctx context.Context) (control.Status, error) {
	d := k.d
	s := control.Status{
		Version: version, PID: os.Getpid(), Sensor: text(d.cfg.Sensor), Boot: d.boot,
		Started: k.started.UTC(), Now: time.Now().UTC(), Mode: string(d.cfg.Mode), Profile: d.cfg.Profile,
	}
	seen, traps := k.detector(ctx, &s)
	seen.Alarms = d.drills.counts.less(seen.Alarms)
	s.Traps = trapList(d.traps.Status(), traps)
	k.wire(&s, &seen)
	counts := inEarnest(d.pipe.Counts())
	in := d.traps.Counters()
	s.Touches = control.Touches{
		In: counts.In, Dropped: counts.Dropped, HeldBack: counts.HeldBackKeep, Unjudged: counts.Unjudged, Lost: in.Lost, Drills: counts.Drills,
	}
	s.Alarms = control.Alarms{
		Opened: seen.Alarms.Opened, Retracted: seen.Alarms.Retracted, Records: seen.Alarms.Records,
		Dropped: counts.AlarmsDropped, Quiet: counts.Quiet, HeldBack: counts.HeldBackNotify, Drills: counts.AlarmDrills,
	}
	s.Outputs = outputs(&counts)
	for i := range s.Outputs {
		o := &s.Outputs[i]
		o.Absent = d.mute && o.Name == "syslog" && o.Alarms == 0 && !o.Failing
	}
	s.Rates = k.rates(k.sampleOf(&seen, &counts))
	k.store(ctx, &s)
	s.SelfTest = k.selfTest()
	if keys := d.waiting.Load(); keys != nil {
		s.Waiting = *keys
	}
	s.Trouble = append(s.Trouble, d.trouble.list()...)
	return s, nil
}

// detector asks the detector, for a while.
func (k *desk) detector(ctx context.Context, s *control.Status) (seen wire.State, traps []track.Trap) {
	ctx, cancel := context.WithTimeout(ctx, detectorPatience)
	defer cancel()
	seen, err := k.d.watch.State(ctx)
	if err == nil {
		err = k.d.watch.Ask(ctx, func(det *detect.Detector) { traps = slices.Clone(det.TrapStates()) })
	}
	if err != nil {
		s.Trouble = append(s.Trouble, err.Error())
	}
	return seen, traps
}

func (k *desk) wire(s *control.Status, seen *wire.State) {
	d := k.d
	s.Wire = control.Wire{
		Watched: d.live != nil, Why: text(d.blind), Promiscuous: d.cfg.Wire.Promiscuous,
		Packets: seen.Tally[decode.Decoded], Bytes: seen.Bytes, Backwards: seen.Backwards,
		Both: seen.Coverage.Both, One: seen.Coverage.One, Never: seen.Coverage.Never,
		Sources: seen.Track.Sources - seen.Track.SourcesEvicted, Forgotten: seen.Track.SourcesEvicted,
	}
	ifaces := seen.Interfaces
	if len(ifaces) == 0 && d.live != nil {
		ifaces = d.live.Interfaces() // of which nothing was heard yet
	}
	d.up(interfaceUp)
	s.Wire.Lost = d.gone.list()
	for _, in := range ifaces {
		out := control.Interface{Name: text(in.Name), Drops: in.Drops}
		for _, a := range in.Addrs {
			out.Addrs = append(out.Addrs, a.String())
		}
		s.Wire.Interfaces = append(s.Wire.Interfaces, out)
	}
}

// gone is what of the wire was lost since the start, and when. Safe for concurrent use.
type gone struct {
	mu   sync.Mutex
	said []loss
}

type loss struct {
	what string
	at   time.Time
}

// goneMax statements are kept: an interface that is lost stays so, and this many
// are more than one listens on.
const goneMax = 32

func (g *gone) add(detail string) {
	detail = text(detail)
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.at(detail) < 0 && len(g.said) < goneMax {
		g.said = append(g.said, loss{detail, time.Now()})
	}
}

// at is the place of a statement, -1 for none. The caller holds mu.
func (g *gone) at(what string) int {
	return slices.IndexFunc(g.said, func(l loss) bool { return l.what == what })
}

func (g *gone) has(what string) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.at(text(what)) >= 0
}

// remove forgets a statement, and says since when it was one.
func (g *gone) remove(what string) (since time.Time, was bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	i := g.at(text(what))
	if i < 0 {
		return since, false
	}
	since = g.said[i].at
	g.said = slices.Delete(g.said, i, i+1)
	return since, true
}

func (g *gone) list() (list []string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, l := range g.said {
		list = append(list, l.what)
	}
	return list
}

func outputs(c *pipeline.Counts) (list []control.Output) {
	for _, o := range c.Outputs {
		if o.Name == control.HubName {
			continue // those who follow are counted by themselves
		}
		why := ""
		if o.Failing {
			why = text(o.Why)
		}
		list = append(list, control.Output{
			Why: why, Name: o.Name, Keeps: o.Keep, Touches: o.Written, Alarms: o.Alarms,
			Lost: o.Lost + o.AlarmsLost, Pending: o.Pending, Lag: control.Duration(o.Lag.Truncate(time.Millisecond)), Failing: o.Failing,
		})
	}
	return list
}

func (k *desk) store(ctx context.Context, s *control.Status) {
	r, err := k.kept()
	if err != nil {
		return
	}
	st, err := r.Stats(ctx)
	if err != nil {
		s.Trouble = append(s.Trouble, err.Error())
	}
	s.Store = storeOf(&st)
}

func storeOf(st *store.Stats) *control.Store {
	out := &control.Store{
		Path: text(st.Path), ID: st.ID, Bytes: st.Bytes, MaxBytes: st.MaxBytes, MaxAge: control.Duration(st.MaxAge),
		Touches: st.Touches, Alarms: st.Alarms, Health: st.Health, Evidence: st.Evidence,
		First: st.First, Head: st.Last, HeadTime: moment(st.Newest), Oldest: moment(st.Oldest), Held: text(st.Held), Failing: text(st.Failing),
	}
	for _, c := range st.Chains {
		out.Chains = append(out.Chains, control.Chain{Chain: c.Name, First: c.First, Head: c.Head})
	}
	return out
}

// trapList joins what the listener knows of traps with what the detector does.
func trapList(status []listen.Status, seen []track.Trap) []control.Trap {
	all := make(map[klaxon.Port]*control.Trap, len(status))
	for _, st := range status {
		port := klaxon.Port{Transport: st.Transport, Number: st.Port}
		t := all[port]
		if t == nil {
			t = &control.Trap{Transport: st.Transport.String(), Port: st.Port, Service: text(st.Label), State: control.TrapDenied}
			all[port] = t
		}
		addState(t, &st)
	}
	for i := range seen {
		if t := all[seen[i].Port]; t != nil && t.State == control.TrapUnseen {
			addSeen(t, &seen[i])
		}
	}
	return slices.SortedFunc(values(all), func(a, b control.Trap) int {
		return cmp.Or(cmp.Compare(a.Transport, b.Transport), cmp.Compare(a.Port, b.Port))
	})
}

func values(all map[klaxon.Port]*control.Trap) func(func(control.Trap) bool) {
	return func(yield func(control.Trap) bool) {
		for t := range maps.Values(all) {
			if !yield(*t) {
				return
			}
		}
	}
}

// addState adds what became of a trap on one address.
func addState(t *control.Trap, st *listen.Status) {
	switch {
	case st.State == listen.StateArmed:
		t.State = control.TrapUnseen // until the detector says otherwise
	case st.State == listen.StateHeld:
		if t.State == control.TrapDenied {
			t.State = control.TrapHeld
		}
		if st.Holder != "" {
			t.Holder = text(st.Holder)
		}
	case st.Err != nil:
		t.Error = text(reason(st))
	}
}

// addSeen adds what came for an armed trap.
func addSeen(t *control.Trap, x *track.Trap) {
	t.Touches, t.Halves, t.Probes = x.Touches, x.Halves, x.Probes
	if x.Last != 0 {
		t.Last = moment(time.Unix(0, x.Last))
	}
	switch x.State() {
	case track.TrapProbed, track.TrapTouched:
		t.State = control.TrapArmed
	case track.TrapShielded:
		t.State = control.TrapShielded
	}
}

// text is what others had a hand in, made safe to show.
func text(s string) string { return string(render.AppendText(nil, []byte(s), textMax)) }

// textMax holds any path or reason.
const textMax = 1024
