package pipeline

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"klaxon"
	"klaxon/internal/policy"
)

// peer is a sink that waits for somebody else, who does as told.
type peer struct {
	fakeSink
	deliver func(ctx context.Context, batch []klaxon.Record) (int, error) // nil: takes all
	calls   []time.Time
}

func (p *peer) Deliver(ctx context.Context, batch []klaxon.Record) (int, error) {
	p.mu.Lock()
	p.calls = append(p.calls, time.Now())
	p.mu.Unlock()
	n, err := len(batch), error(nil)
	if p.deliver != nil {
		n, err = p.deliver(ctx, batch)
	}
	if n > 0 {
		p.fakeSink.Emit(batch[:n])
	}
	return n, err
}

func (p *peer) called() []time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.calls)
}

// hang waits for the end of its time, as for a peer that says nothing.
func hang(ctx context.Context, _ []klaxon.Record) (int, error) {
	<-ctx.Done()
	return 0, ctx.Err()
}

// TestDeadOutputDelaysNobody: for an hour one peer hangs. The other output has
// each alarm in the moment it was made, the detector each touch; and the dead one
// is called a bounded number of times, gives up within its deadline, and has what
// its queue held when it is back, in order.
func TestDeadOutputDelaysNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var alive atomic.Bool
		dead := &peer{fakeSink: fakeSink{name: "dead"}}
		dead.deliver = func(ctx context.Context, batch []klaxon.Record) (int, error) {
			if alive.Load() {
				return len(batch), nil
			}
			return hang(ctx, batch)
		}
		good := &fakeSink{name: "good"}
		var late time.Duration
		good.emit = func(batch []klaxon.Record) (int, error) {
			for _, r := range batch {
				if a, ok := r.(*klaxon.Alarm); ok {
					late = max(late, time.Since(a.Time))
				}
			}
			return len(batch), nil
		}
		judged := 0
		p := New(Config{Sensor: "gate", Boot: "b1", Zone: policy.Zones{}.Of,
			Detect:  func(*klaxon.Touch) bool { judged++; return true },
			Outputs: []Output{{Sink: dead, Delivery: Delivery{Batch: 1, Deadline: 10 * time.Second, Backoff: 5 * time.Minute}}, {Sink: good}}})
		stop := run(t, p)
		const made = 120
		for i := range made {
			p.Touch(touchFrom("192.0.2.1", klaxon.ProofHandshake))
			p.Alarm(alarmFrom(fmt.Sprintf("192.0.2.%d", i), klaxon.ProofHandshake))
			time.Sleep(30 * time.Second)
		}
		synctest.Wait()
		if len(good.alarms) != made || late != 0 || judged != made {
			t.Errorf("the good output has %d of %d alarms, %s late; %d touches judged", len(good.alarms), made, late, judged)
		}
		if n := len(dead.called()); n < 10 || n > 40 {
			t.Errorf("the dead one was called %d times in an hour", n)
		}
		c := p.Counts().Outputs[0]
		if !c.Failing || c.Pending < made || c.Failures < 10 {
			t.Errorf("%+v", c)
		}
		alive.Store(true)
		time.Sleep(10 * time.Minute)
		stop()
		if len(dead.alarms) != made {
			t.Fatalf("%d alarms reached it in the end", len(dead.alarms))
		}
		for i, a := range dead.alarms {
			if want := netip.MustParseAddr(fmt.Sprintf("192.0.2.%d", i)); a.Source.Addr != want {
				t.Fatalf("alarm %d is of %s", i, a.Source.Addr)
			}
		}
	})
}

// TestBackoff: each wait is about twice the one before, up to the longest.
func TestBackoff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &peer{fakeSink: fakeSink{name: "p"}}
		p.deliver = func(context.Context, []klaxon.Record) (int, error) { return 0, errors.New("no") }
		pipe, stop := start(t, Output{Sink: p, Delivery: Delivery{Backoff: time.Minute}})
		pipe.Alarm(alarmFrom("192.0.2.1", klaxon.ProofHandshake))
		time.Sleep(20 * time.Minute)
		synctest.Wait()
		calls := p.called()
		stop()
		for i := 1; i < len(calls); i++ {
			wait := calls[i].Sub(calls[i-1])
			about := min(time.Second<<(i-1), time.Minute)
			if wait < about*3/4 || wait > about*5/4 {
				t.Errorf("wait %d is %s, want about %s", i, wait, about)
			}
		}
		if len(calls) < 20 {
			t.Errorf("%d calls", len(calls))
		}
	})
}

// TestEndIsSwift: with a queue full of records and a peer that hangs, the end takes
// no longer than lastGrace, and what was left is counted.
func TestEndIsSwift(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dead := &peer{fakeSink: fakeSink{name: "dead"}, deliver: hang}
		p, stop := start(t, Output{Sink: dead, Keep: true, Delivery: Delivery{Batch: 1, Deadline: time.Minute, Backoff: time.Minute}})
		const made = 5000
		for range made {
			p.Touch(touchFrom("192.0.2.1", klaxon.ProofHandshake))
		}
		synctest.Wait()
		before := time.Now()
		stop()
		if took := time.Since(before); took > lastGrace {
			t.Errorf("the end took %s", took)
		}
		if c := p.Counts().Outputs[0]; c.Lost != made || c.Pending != 0 {
			t.Errorf("%+v", c)
		}
	})
}

// TestRefused: what a peer will never take is lost, counted and told with its
// reason; those around it arrive.
func TestRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		picky := &peer{fakeSink: fakeSink{name: "picky"}}
		picky.deliver = func(_ context.Context, batch []klaxon.Record) (int, error) {
			for i, r := range batch {
				if a, ok := r.(*klaxon.Alarm); ok && a.Severity == 5 {
					return i, &klaxon.Refusal{Count: 1, Err: errors.New("too grave")}
				}
			}
			return len(batch), nil
		}
		p, stop := start(t, Output{Sink: picky, Delivery: Delivery{Backoff: time.Minute}})
		for i := range 9 {
			a := alarmFrom(fmt.Sprintf("192.0.2.%d", i), klaxon.ProofHandshake)
			if i%4 == 0 {
				a.Severity = 5
			}
			p.Alarm(a)
		}
		time.Sleep(10 * time.Minute)
		stop()
		if c := p.Counts().Outputs[0]; c.Alarms != 6 || c.AlarmsLost != 3 || c.Failing {
			t.Errorf("%+v", c)
		}
		if picky.told(klaxon.HealthDrops, "picky") != 3 || picky.health[0].Detail != "too grave" {
			t.Errorf("told %+v", picky.health)
		}
	})
}

// TestGathering: what comes together goes together, and the next call waits for
// its time; the end waits for nothing.
func TestGathering(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var batches []int
		p := &peer{fakeSink: fakeSink{name: "p"}}
		p.deliver = func(_ context.Context, batch []klaxon.Record) (int, error) {
			batches = append(batches, len(batch))
			return len(batch), nil
		}
		pipe, stop := start(t, Output{Sink: p, Delivery: Delivery{Linger: 5 * time.Second, Pace: 5 * time.Minute}})
		began := time.Now()
		for i := range 10 { // one a second
			pipe.Alarm(alarmFrom(fmt.Sprintf("192.0.2.%d", i), klaxon.ProofHandshake))
			time.Sleep(time.Second)
		}
		time.Sleep(10 * time.Minute)
		pipe.Alarm(alarmFrom("192.0.2.200", klaxon.ProofHandshake))
		time.Sleep(6 * time.Second)
		pipe.Alarm(alarmFrom("192.0.2.201", klaxon.ProofHandshake))
		stop()
		if fmt.Sprint(batches) != "[5 5 1 1]" && fmt.Sprint(batches) != "[6 4 1 1]" {
			t.Errorf("went as %v", batches)
		}
		if at := p.called()[0].Sub(began); at != 5*time.Second {
			t.Errorf("the first went after %s", at)
		}
		if at := p.called()[1].Sub(p.called()[0]); at != 5*time.Minute {
			t.Errorf("the second went %s later", at)
		}
	})
}

func TestFilter(t *testing.T) {
	touch := touchFrom("192.0.2.1", klaxon.ProofHandshake) // tcp/512
	touch.Zone = klaxon.ZoneOutside
	alarm := alarmFrom("192.0.2.1", klaxon.ProofHandshake) // severity 3
	alarm.Zone, alarm.Confidence = klaxon.ZoneOutside, klaxon.Established
	alarm.Targets.TCP = []klaxon.PortRange{{First: 20, Last: 25}}
	many := alarmFrom("", klaxon.ProofNone)
	many.Sources = []netip.Addr{netip.MustParseAddr("10.0.0.1"), netip.MustParseAddr("192.0.2.9")}
	net := func(s ...string) (list []netip.Prefix) {
		for _, p := range s {
			list = append(list, netip.MustParsePrefix(p))
		}
		return list
	}
	service := func(t klaxon.Transport, first, last uint16) []policy.ServiceRange {
		return []policy.ServiceRange{{Transport: t, First: first, Last: last}}
	}
	for i, tt := range []struct {
		f                  Filter
		touch, alarm, many bool
	}{
		{Filter{}, true, true, true},
		{Filter{Severity: 3}, true, true, true},
		{Filter{Severity: 4}, true, false, false},
		{Filter{Confidence: klaxon.Established}, true, true, false},
		{Filter{Confidence: klaxon.Proven}, true, false, false},
		{Filter{Proof: klaxon.ProofHandshake}, true, true, false},
		{Filter{Proof: klaxon.ProofData}, false, false, false},
		{Filter{Zones: []klaxon.Zone{klaxon.ZoneInside}}, false, false, false},
		{Filter{Zones: []klaxon.Zone{klaxon.ZoneInside, klaxon.ZoneOutside}}, true, true, false},
		{Filter{Sources: net("192.0.2.0/28")}, true, true, true},
		{Filter{Sources: net("10.0.0.0/8", "2001:db8::/32")}, false, false, true},
		{Filter{Services: service(klaxon.TCP, 512, 512)}, true, false, false},
		{Filter{Services: service(klaxon.TCP, 25, 30)}, false, true, false},
		{Filter{Services: service(klaxon.UDP, 1, 65535)}, false, false, false},
	} {
		if got := []bool{tt.f.wants(touch), tt.f.wants(alarm), tt.f.wants(many)}; fmt.Sprint(got) != fmt.Sprint([]bool{tt.touch, tt.alarm, tt.many}) {
			t.Errorf("%d: %+v wants %v", i, tt.f, got)
		}
		if !tt.f.wants(&klaxon.Health{}) {
			t.Errorf("%d: no health", i)
		}
	}
}

// TestFilterFollowsAnAlarm: what was told to open is told to its end, though it is
// less by then; what was not, is not.
func TestFilterFollowsAnAlarm(t *testing.T) {
	c := choice{filter: &Filter{Severity: 4}}
	say := func(id string, e klaxon.Event, severity int) bool {
		a := &klaxon.Alarm{ID: id, Event: e}
		a.Severity = severity
		return c.wants(a)
	}
	for i, step := range []struct {
		id       string
		event    klaxon.Event
		severity int
		want     bool
	}{
		{"a", klaxon.EventOpen, 3, false}, {"a", klaxon.EventUpdate, 4, true}, {"a", klaxon.EventUpdate, 3, true},
		{"b", klaxon.EventOpen, 3, false}, {"b", klaxon.EventClose, 3, false},
		{"a", klaxon.EventRetract, 1, true}, {"a", klaxon.EventUpdate, 3, false},
	} {
		if got := say(step.id, step.event, step.severity); got != step.want {
			t.Errorf("step %d: %v", i, got)
		}
	}
	for i := range 10 * untoldCap {
		say(fmt.Sprint(i), klaxon.EventOpen, 5)
	}
	if len(c.told) > untoldCap {
		t.Errorf("%d alarms are remembered", len(c.told))
	}
}

// TestOwnBudget: an output has at most so many in any minute, is told how many it
// missed, and the other has all of them.
func TestOwnBudget(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		small, all := &fakeSink{name: "small"}, &fakeSink{name: "all"}
		var lines []time.Time
		small.emit = func(batch []klaxon.Record) (int, error) {
			for range batch {
				lines = append(lines, time.Now())
			}
			return len(batch), nil
		}
		p, stop := start(t, Output{Sink: small, Keep: true, PerMinute: 10}, Output{Sink: all, Keep: true})
		const made = 3600
		for i := range made {
			p.Alarm(alarmFrom(fmt.Sprintf("10.0.%d.%d", i/250, i%250), klaxon.ProofHandshake))
			time.Sleep(time.Second)
		}
		stop()
		if n := busiest(lines); n > 10+2 || n < 5 { // and what it is told of itself
			t.Errorf("%d in the busiest minute", n)
		}
		if sum := uint64(len(small.alarms)) + small.told(klaxon.HealthHeldBack, "small"); sum != made || len(all.alarms) != made {
			t.Errorf("told and held back are %d of %d; the other has %d", sum, made, len(all.alarms))
		}
		if all.told(klaxon.HealthHeldBack, "small") != 0 {
			t.Error("the other was told of it")
		}
	})
}

// TestConservationOfDeliveries: the laws of the package hold with filters, budgets,
// refusals and peers that fail at random.
func TestConservationOfDeliveries(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		rng := rand.New(rand.NewPCG(7, 7))
		p := &peer{fakeSink: fakeSink{name: "p"}}
		p.deliver = func(_ context.Context, batch []klaxon.Record) (int, error) {
			switch n := rng.IntN(len(batch) + 1); rng.IntN(3) {
			case 0:
				return n, errors.New("flaky")
			case 1:
				return n, &klaxon.Refusal{Count: rng.IntN(3), Err: errors.New("no")}
			}
			return len(batch), nil
		}
		pipe, stop := start(t, Output{Sink: p, Keep: true, PerMinute: 2000,
			Filter: &Filter{Severity: 3, Proof: klaxon.ProofOnLink}, Delivery: Delivery{Batch: 7, Linger: time.Second, Backoff: 10 * time.Second}})
		for i := range 20_000 {
			from := fmt.Sprintf("10.0.%d.%d", i/250, i%250)
			pipe.Touch(touchFrom(from, klaxon.Proof(i%3)))
			a := alarmFrom(from, klaxon.Proof(i%4))
			a.Severity = 1 + i%5
			pipe.Alarm(a)
			if i%1000 == 0 {
				time.Sleep(time.Second)
			}
		}
		stop()
		c := pipe.Counts()
		o := c.Outputs[0]
		if o.Passed == 0 || o.HeldBack == 0 || o.Lost == 0 || o.AlarmsLost == 0 || o.Failures == 0 {
			t.Errorf("nothing happened: %+v", o)
		}
		if o.Written+o.Lost+o.Passed+o.HeldBack+c.HeldBackKeep != c.Staged || uint64(len(p.touches)) != o.Written {
			t.Errorf("touches: %+v of %d", o, c.Staged)
		}
		if o.Alarms+o.AlarmsLost+o.AlarmsPassed+o.AlarmsHeldBack != c.AlarmsStaged || uint64(len(p.alarms)) != o.Alarms {
			t.Errorf("alarms: %+v of %d", o, c.AlarmsStaged)
		}
	})
}
