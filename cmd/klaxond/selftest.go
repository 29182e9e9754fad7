package main

import (
	"context"
	"fmt"
	"net/netip"
	"sync"
	"time"

	"klaxon"
	"klaxon/internal/control"
	"klaxon/internal/drill"
	"klaxon/internal/pipeline"
)

// selfTestWait is how long a touch through loopback may take to be an alarm: where
// all is well it is milliseconds. Of misses silentAfter in turn are an alarm of
// their own: one may be of a machine that was asleep.
const (
	selfTestFirst = 2 * time.Second
	selfTestWait  = 10 * time.Second
	silentAfter   = 2
)

// selfTest is what klaxond knows of its own tests.
type selfTest struct {
	mu    sync.Mutex
	trap  string
	last  time.Time // when one was detected
	took  time.Duration
	count uint64
	lost  uint64
	row   int // missed in turn
	since time.Time
	why   string // the last one was missed

	flushing chan struct{}
}

// tendSelfTest touches a trap now and then, until ctx ends, and tells when that
// goes unnoticed.
func (d *daemon) tendSelfTest(ctx context.Context) {
	if !d.testsItself() {
		return
	}
	if !rest(ctx, min(selfTestFirst, d.cfg.Drill.SelfTest)) {
		return
	}
	tick := time.NewTicker(d.cfg.Drill.SelfTest)
	defer tick.Stop()
	for {
		d.testSelf(ctx)
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

func (d *daemon) testsItself() bool {
	return d.drills.Drills != nil && d.cfg.Drill.SelfTest > 0 && !d.passive()
}

// testSelf touches one trap and sees whether it rings.
func (d *daemon) testSelf(ctx context.Context) {
	plan, at, trap := d.selfPlan()
	if trap == "" {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, selfTestWait)
	defer cancel()
	begun := time.Now()
	id, err := d.drills.Begin(plan)
	if err != nil {
		return // a drill is on, which shows as much
	}
	defer d.drills.End(id)
	if err = d.freshDrill(ctx); err == nil {
		err = d.follow(ctx, id, &plan, at)
	}
	if context.Cause(ctx) == context.Canceled {
		return // klaxond ends
	}
	d.judgeSelf(trap, begun, err)
}

// selfPlan is one connection, or where no stream is a trap one datagram.
func (d *daemon) selfPlan() (p drill.Plan, at post, trap string) {
	p = drill.Plan{Secret: drill.NewSecret(), Silent: true}
	posts := d.posts()
	if len(posts) == 0 {
		return p, at, ""
	}
	at = posts[0]
	kind := drill.Connect
	trap = "tcp/" + netip.AddrPortFrom(at.addr, at.tcp).String()
	if at.tcp == 0 {
		kind, trap = drill.Datagram, "udp/"+netip.AddrPortFrom(at.addr, at.udp).String()
	}
	p.TCP, p.UDP, p.Events = at.tcp, at.udp, []drill.Event{{Kind: kind, V6: at.addr.Is6()}}
	return p, at, trap
}

// follow sends the probe and waits for its alarm.
func (d *daemon) follow(ctx context.Context, id string, p *drill.Plan, at post) error {
	if err := d.sendOne(p.Events[0].Kind, &p.Secret, &at); err != nil {
		return fmt.Errorf("%w; does a firewall filter %s?", err, loopbackName)
	}
	flushed := d.drills.self.flush(d.pipe)
	for {
		r, ok := d.drills.Report(id)
		if !ok {
			return fmt.Errorf("another drill came between")
		}
		e := &r.Events[0]
		select {
		case <-flushed:
			if !e.Found.IsZero() {
				return nil
			}
		default:
		}
		if rest(ctx, time.Millisecond) {
			continue
		}
		switch {
		case e.Seen.IsZero():
			return fmt.Errorf("no trap told of the touch within %v", selfTestWait)
		case e.Found.IsZero():
			return fmt.Errorf("the touch was seen, and no alarm came of it within %v", selfTestWait)
		}
		return fmt.Errorf("the alarm came, and nothing went on to the outputs within %v", selfTestWait)
	}
}

// flush returns what is closed when all that was offered before has gone on to the
// outputs. While that hangs there is one who waits for it.
func (s *selfTest) flush(p *pipeline.Pipeline) <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.flushing != nil {
		select {
		case <-s.flushing:
		default:
			return s.flushing
		}
	}
	done := make(chan struct{})
	s.flushing = done
	go func() {
		p.Flush()
		close(done)
	}()
	return done
}

// judgeSelf keeps what a test came to, and tells what is news.
func (d *daemon) judgeSelf(trap string, begun time.Time, err error) {
	s := &d.drills.self
	s.mu.Lock()
	defer s.mu.Unlock()
	s.trap, s.count = trap, s.count+1
	if err == nil {
		if s.row >= silentAfter {
			d.pipe.Health(klaxon.Health{What: klaxon.HealthSilence, Since: s.since,
				Detail: "klaxond detects again: a touch of " + trap + " by itself rang"})
		}
		s.last, s.took, s.row, s.why = time.Now(), time.Since(begun), 0, ""
		return
	}
	if s.row == 0 {
		s.since = begun
	}
	s.lost, s.row, s.why = s.lost+1, s.row+1, err.Error()
	if s.row == silentAfter {
		d.pipe.Health(klaxon.Health{What: klaxon.HealthSilence, Since: s.since, Count: uint64(s.row),
			Detail: fmt.Sprintf("klaxond does not detect its own touch of %s: %v", trap, err)})
	}
}

// selfTest is how the tests stand.
func (k *desk) selfTest() *control.SelfTest {
	d, s := k.d, &k.d.drills.self
	switch {
	case d.passive():
		return &control.SelfTest{State: control.SelfTestOff, Why: `mode = "passive" sends nothing`}
	case !d.testsItself():
		return &control.SelfTest{State: control.SelfTestOff, Why: "the configuration says so"}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	out := &control.SelfTest{
		State: control.SelfTestDetecting, Trap: s.trap, Last: moment(s.last), Took: control.Duration(s.took.Round(time.Microsecond)),
		Count: s.count, Lost: s.lost, Why: text(s.why),
	}
	switch {
	case s.count == 0 && len(d.posts()) == 0:
		out.State, out.Why = control.SelfTestOff, "no trap is armed that loopback reaches"
	case s.count == 0:
		out.State = control.SelfTestPending
	case s.row >= silentAfter:
		out.State = control.SelfTestSilent
	case s.row > 0:
		out.State = control.SelfTestMissed
	}
	return out
}
