// Package pipeline is the only place where stages meet: what watchers saw goes
// in, is stamped with the sensor's identity, passes the budgets, and comes out
// at the sinks.
//
// Nothing here ever blocks a watcher. Every queue is bounded and counts what it
// drops, what was dropped is itself reported, and at every moment
//
//	touches in = dropped at intake + waiting at intake + staged
//	staged     = for each output: written + held back + lost + pending
//
// holds exactly for touches; health records are counted beside them.
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

// Config is what a Pipeline is made of. All fields but Now are needed.
type Config struct {
	Sensor  string
	Boot    string // differs for every run of a sensor
	Zone    func(netip.Addr) klaxon.Zone
	Outputs []Output
	Now     func() time.Time // nil: time.Now
}

// Output is a sink and its kind.
type Output struct {
	Sink klaxon.Sink
	Keep bool // a record sink, which keeps; otherwise it notifies, on a budget
}

// Pipeline carries touches from watchers to sinks. Use New. Its methods are
// safe for concurrent use.
type Pipeline struct {
	cfg     Config
	in      *intake
	outputs []*output

	// Owned by the goroutine in Run.
	sources      *sourceTable
	keep, notify *gate
	seq          uint64

	mu    sync.Mutex
	state Counts // Outputs unset
}

// Counts is a snapshot for the conservation law and for status. HeldBack is
// per kind of sink: each record sink missed HeldBackKeep touches, each sink
// that notifies HeldBackNotify.
type Counts struct {
	In             uint64 // touches offered by watchers
	Dropped        uint64 // of these, lost before they were staged
	Staged         uint64 // of these, stamped and offered to the outputs
	HeldBackKeep   uint64
	HeldBackNotify uint64
	Health         uint64 // records about the sensor itself, beside the touches
	Outputs        []OutputCounts
}

// OutputCounts is the state of one output. Once Run has returned,
//
//	Counts.Staged = Written + Lost + HeldBackKeep or HeldBackNotify
type OutputCounts struct {
	Name    string
	Keep    bool   // a record sink
	Written uint64 // touches the sink took
	Lost    uint64 // touches its queue could not hold, or that were left at the end
	Health  uint64 // health records, taken or lost
	Pending uint64 // records of both kinds that wait
	Failing bool
}

// New returns a pipeline that has not started.
func New(cfg Config) *Pipeline {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	now := cfg.Now().UnixNano()
	p := &Pipeline{
		cfg: cfg, in: newIntake(), sources: newSourceTable(),
		keep: newGate(keepLimits, now), notify: newGate(notifyLimits, now),
	}
	for _, o := range cfg.Outputs {
		p.outputs = append(p.outputs, newOutput(o, p.in.state))
	}
	return p
}

// Touch takes one touch and returns at once. It copies t.
func (p *Pipeline) Touch(t *klaxon.Touch) { p.in.touch(t) }

// Health takes a statement of another part of the sensor about itself.
func (p *Pipeline) Health(h klaxon.Health) { p.in.state(h) }

// Run carries until ctx ends, then stages what still waits, reports the last
// counts and lets every output empty its queue, with one try each. It does not
// close the sinks. The watchers must have stopped before ctx ends.
func (p *Pipeline) Run(ctx context.Context) {
	var wg sync.WaitGroup
	for _, o := range p.outputs {
		wg.Go(func() { o.run(p.cfg.Now) })
	}
	p.carry(ctx)
	p.stage()
	p.report()
	p.stage()
	for _, o := range p.outputs {
		o.close()
	}
	wg.Wait()
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
		}
	}
}

// stage stamps everything that waits at the intake and offers it to the outputs.
func (p *Pipeline) stage() {
	touches, health, dropped := p.in.take()
	now := p.cfg.Now()
	held := [2]uint64{p.keep.held, p.notify.held}
	for i := range touches {
		p.stageTouch(&touches[i], now)
	}
	if dropped > 0 {
		health = append(health, klaxon.Health{What: klaxon.HealthDrops, Since: now, Count: dropped,
			Detail: "touches came faster than they could be taken"})
	}
	for i := range health {
		p.stageHealth(&health[i], now)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.state.Dropped += dropped
	p.state.Staged += uint64(len(touches))
	p.state.HeldBackKeep += p.keep.held - held[0]
	p.state.HeldBackNotify += p.notify.held - held[1]
	p.state.Health += uint64(len(health))
}

func (p *Pipeline) stageTouch(t *klaxon.Touch, now time.Time) {
	p.seq++
	t.Sensor, t.Boot, t.Seq = p.cfg.Sensor, p.cfg.Boot, p.seq
	t.Zone = p.cfg.Zone(t.Source.Addr)
	t.ID = recordid.New("touch", t.Sensor, t.Boot, t.Time, t.Seq)
	class := unproven
	if t.Proof >= klaxon.ProofHandshake {
		class = proven
	}
	at := now.UnixNano()
	src := p.sources.get(t.Source.Addr, at)
	src.proven = src.proven || class == proven
	kept := p.keep.pass(&src.keep, class, at)
	told := p.notify.pass(&src.notify, class, at)
	if !kept {
		p.keep.hold(t.Source.Addr, t.Time)
	}
	if !told {
		p.notify.hold(t.Source.Addr, t.Time)
	}
	if kept || told {
		t.CommunityID = format.CommunityID(t)
	}
	for _, o := range p.outputs {
		if o.keep && kept || !o.keep && told {
			o.offer(t, now)
		}
	}
}

func (p *Pipeline) stageHealth(h *klaxon.Health, now time.Time) {
	p.stampHealth(h, now)
	for _, o := range p.outputs {
		o.offer(h, now)
	}
}

func (p *Pipeline) stampHealth(h *klaxon.Health, now time.Time) {
	p.seq++
	h.Sensor, h.Boot, h.Seq, h.Time = p.cfg.Sensor, p.cfg.Boot, p.seq, now
	h.ID = recordid.New("health", h.Sensor, h.Boot, now, h.Seq)
}

// report tells what was held back, to the kind of sink that missed it, and
// what each output lost, to all of them.
func (p *Pipeline) report() {
	now := p.cfg.Now()
	p.reportHeld(p.keep, true, now)
	p.reportHeld(p.notify, false, now)
	for _, o := range p.outputs {
		o.report("")
	}
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
		if o.keep == keep {
			o.offer(h, now)
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.state.Health++
}

// Counts returns a snapshot. It is exact once Run has returned; while it runs,
// touches between two stages may be missing from it.
func (p *Pipeline) Counts() Counts {
	p.mu.Lock()
	c := p.state
	p.mu.Unlock()
	c.In = p.in.offered()
	for _, o := range p.outputs {
		c.Outputs = append(c.Outputs, o.counts())
	}
	return c
}
