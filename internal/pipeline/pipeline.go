// Package pipeline is the only place where stages meet: what watchers saw goes
// in, is stamped with the sensor's identity, goes to the sinks that keep and on
// to the detector; what that makes of it comes back as alarms, passes the
// budgets, and comes out at the sinks.
//
// Nothing here ever blocks a watcher or the detector. Every queue is bounded and
// counts what it drops, what was dropped is itself reported, and at every moment
//
//	in     = dropped at intake + waiting at intake + staged
//	staged = for each output: written + held back + quiet + lost + pending
//
// holds exactly, for touches (which go to record sinks only, and are never
// quiet) and for alarms; health records are counted beside them. Of the touches
// that were staged the detector was given all but those counted as unjudged.
package pipeline

import (
	"context"
	"net/netip"
	"sync"
	"time"

	"klaxon"
	"klaxon/internal/format"
	"klaxon/internal/recordid"
)

// Config is what a Pipeline is made of. All fields but Now and Detect are needed.
type Config struct {
	Sensor  string
	Boot    string // differs for every run of a sensor
	Zone    func(netip.Addr) klaxon.Zone
	Outputs []Output

	// Detect hands a touch to the detector, and is false when it has no room. It
	// must not block, and must not change the touch. nil: there is none.
	Detect func(*klaxon.Touch) bool

	// Told, unless nil, hears what an output took, on that output's goroutine. It
	// must not block, and must not keep or change the records.
	Told func(output string, took []klaxon.Record)

	Held Held // by a run before, which had told nobody when it was killed

	Now func() time.Time // nil: time.Now
}

// Output is a sink and its kind.
type Output struct {
	Sink klaxon.Sink
	Keep bool // a record sink, which keeps; otherwise it notifies, on a budget

	Filter    *Filter // nil: everything
	PerMinute int     // records in any minute, at least 2; 0: no bound but that of its kind
	Delivery  Delivery
	Spool     Spool
}

// Pipeline carries touches and alarms to sinks. Use New. Its methods are safe
// for concurrent use.
type Pipeline struct {
	cfg     Config
	in      *intake
	outputs []*output
	flush   chan chan struct{}

	// Owned by the goroutine in Run.
	sources      *sourceTable
	keep, notify *gate
	health       bucket // of sinks that notify
	untold       untold
	unjudged     uint64 // touches the detector had no room for since the last report
	unjudgedFrom time.Time
	seq          uint64
	own          Counts // In, Alarms, their drills and Outputs unset

	mu    sync.Mutex
	state Counts // own, as published last
}

// New returns a pipeline that has not started.
func New(cfg Config) *Pipeline {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	now := cfg.Now().UnixNano()
	p := &Pipeline{
		cfg: cfg, in: newIntake(), flush: make(chan chan struct{}), sources: newSourceTable(), untold: untold{},
		keep: newGate(keepLimits, now), notify: newGate(notifyLimits, now), health: healthRate.full(now),
	}
	p.keep.owe(cfg.Held.Keep)
	p.notify.owe(cfg.Held.Notify)
	p.publish()
	for _, o := range cfg.Outputs {
		out := newOutput(o, cfg.Now(), p.in.state)
		out.told, out.stamp = cfg.Told, p.stampAlone
		p.outputs = append(p.outputs, out)
	}
	return p
}

// Touch takes one touch and returns at once. It copies t.
func (p *Pipeline) Touch(t *klaxon.Touch) { p.in.touch(t) }

// Health takes a statement of another part of the sensor about itself.
func (p *Pipeline) Health(h klaxon.Health) { p.in.state(h) }

// Run carries until ctx ends, then stages what still waits, reports the last
// counts and lets every output empty its queue, with one try each; one that stands
// still is given up after closePatience. It does not close the sinks. Watchers and detector must have stopped before ctx ends.
func (p *Pipeline) Run(ctx context.Context) {
	for _, o := range p.outputs {
		go o.run(p.cfg.Now)
	}
	p.carry(ctx)
	p.stage()
	p.report()
	p.stage()
	p.reportHeld(p.notify, false, p.cfg.Now()) // of what the reports themselves were too many for
	for _, o := range p.outputs {
		p.reportUnsaid(o, p.cfg.Now())
	}
	p.publish()
	for _, o := range p.outputs {
		o.close()
	}
	p.await()
}

// await waits for the outputs to end.
func (p *Pipeline) await() {
	patience := time.NewTimer(closePatience)
	defer patience.Stop()
	for _, o := range p.outputs {
		select {
		case <-o.ended:
			continue
		default:
		}
		select {
		case <-o.ended:
		case <-patience.C:
			o.giveUp(p.cfg.Now())
			patience.Reset(0) // the others had the same time
		}
	}
}

func (p *Pipeline) carry(ctx context.Context) {
	tick := time.NewTicker(reportEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-p.in.wake:
			p.stage()
		case <-tick.C:
			p.report()
		case done := <-p.flush:
			p.stage()
			close(done)
		}
	}
}

// Flush returns when everything that was offered before is staged: what goes on
// to the detector has gone. Run must be running.
func (p *Pipeline) Flush() {
	done := make(chan struct{})
	p.flush <- done
	<-done
}

// stage stamps everything that waits at the intake and offers it to the outputs.
func (p *Pipeline) stage() {
	all := p.in.take()
	now := p.cfg.Now()
	for i := range all.touches {
		p.stageTouch(all.touches[i], now)
	}
	for _, a := range all.alarms {
		p.stageAlarm(a, now)
	}
	p.own.Dropped += all.dropped[touches]
	p.own.AlarmsDropped += all.dropped[alarms]
	all.health = append(all.health, all.losses(now)...)
	for i := range all.health {
		p.stageHealth(&all.health[i], now)
	}
	p.publish()
}

// losses tells what did not fit.
func (l *load) losses(now time.Time) (list []klaxon.Health) {
	if n := l.dropped[touches]; n > 0 {
		list = append(list, klaxon.Health{What: klaxon.HealthDrops, Since: now, Count: n,
			Detail: "touches came faster than they could be taken"})
	}
	if n := l.dropped[alarms]; n > 0 {
		list = append(list, klaxon.Health{What: klaxon.HealthDrops, Since: now, Count: n, Output: detector,
			Detail: "alarms came faster than they could be taken"})
	}
	return list
}

// detector stands in health records where an output does, for what is lost on the
// way to it or from it.
const detector = "detector"

// stageTouch offers a touch to the record sinks and to the detector.
func (p *Pipeline) stageTouch(t *klaxon.Touch, now time.Time) {
	p.seq++
	t.Sensor, t.Boot, t.Seq = p.cfg.Sensor, p.cfg.Boot, p.seq
	t.Zone = p.cfg.Zone(t.Source.Addr)
	t.ID = recordid.New("touch", t.Sensor, t.Boot, t.Time, t.Seq)
	p.own.Staged++
	class, at := classOf(t.Proof), now.UnixNano()
	src := p.sources.get(t.Source.Addr, at)
	src.proven = src.proven || class == proven
	if p.keep.pass(&src.keep, class, at) {
		t.CommunityID = format.CommunityID(t)
		for _, o := range p.outputs {
			if o.keep {
				o.offer(t, now)
			}
		}
	} else {
		p.keep.hold(t.Source.Addr, t.Time)
		p.own.HeldBackKeep++
	}
	if p.cfg.Detect != nil && !p.cfg.Detect(t) {
		p.leaveUnjudged(now)
	}
}

func (p *Pipeline) leaveUnjudged(now time.Time) {
	if p.unjudged == 0 {
		p.unjudgedFrom = now
	}
	p.unjudged++
	p.own.Unjudged++
}

// stageHealth tells record sinks always, and those that notify within budget.
func (p *Pipeline) stageHealth(h *klaxon.Health, now time.Time) {
	p.stampHealth(h, now)
	told := p.health.take(healthRate, now.UnixNano())
	if !told {
		p.notify.hold(netip.Addr{}, now)
	}
	for _, o := range p.outputs {
		if o.keep || told {
			o.offer(h, now)
		}
	}
}

func (p *Pipeline) stampHealth(h *klaxon.Health, now time.Time) {
	p.seq++
	p.own.Health++
	h.Sensor, h.Boot, h.Seq, h.Time = p.cfg.Sensor, p.cfg.Boot, p.seq, now
	h.ID = recordid.New("health", h.Sensor, h.Boot, now, h.Seq)
}

// stampAlone stamps a statement that stands beside the others: it has no number. It
// may be called by any goroutine.
func (p *Pipeline) stampAlone(h *klaxon.Health, now time.Time) {
	h.Sensor, h.Boot, h.Time = p.cfg.Sensor, p.cfg.Boot, now
	h.ID = recordid.New("health", h.Sensor, h.Boot+h.Output, now, 0)
}

// report tells what was held back, to the kind of sink that missed it, and
// what each output lost, to all of them.
func (p *Pipeline) report() {
	now := p.cfg.Now()
	p.reportHeld(p.keep, true, now)
	p.reportHeld(p.notify, false, now)
	if p.unjudged > 0 {
		p.in.state(klaxon.Health{What: klaxon.HealthDrops, Since: p.unjudgedFrom, Count: p.unjudged, Output: detector,
			Detail: "touches came faster than they could be judged; the records have them"})
		p.unjudged = 0
	}
	for _, o := range p.outputs {
		p.reportUnsaid(o, now)
		o.recovered(now)
		o.report("")
	}
	p.publish()
}

// reportUnsaid tells an output, and nobody else, what its own budget held back.
func (p *Pipeline) reportUnsaid(o *output, now time.Time) {
	n, since := o.takeUnsaid()
	if n == 0 {
		return
	}
	h := &klaxon.Health{What: klaxon.HealthHeldBack, Since: since, Count: n, Output: o.sink.Name()}
	p.stampHealth(h, now)
	o.insist(h, now)
}

func (p *Pipeline) reportHeld(g *gate, keep bool, now time.Time) {
	n, since, heavy := g.takeHeld()
	if n == 0 {
		return
	}
	h := &klaxon.Health{What: klaxon.HealthHeldBack, Since: since, Count: n}
	if heavy.IsValid() {
		h.Detail = "most from " + heavy.String()
	}
	p.stampHealth(h, now)
	for _, o := range p.outputs {
		switch {
		case o.keep == keep && keep:
			o.offer(h, now)
		case o.keep == keep:
			o.confide(h, now)
		}
	}
}
