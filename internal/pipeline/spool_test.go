package pipeline

import (
	"context"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"klaxon"
	"klaxon/internal/owed"
	"klaxon/internal/policy"
)

// cellar is a store that keeps what it is told to, and has what is owed written
// before, as klaxond's does.
type cellar struct {
	list *owed.List
	boot string
	keep func(klaxon.Record) bool // nil: everything

	mu   *sync.Mutex // of kept, which all runs share
	kept map[owed.Entry]klaxon.Record
	last uint64 // of what came
}

func (c *cellar) Name() string { return "store" }
func (c *cellar) Close() error { return nil }

func (c *cellar) Emit(batch []klaxon.Record) (int, error) {
	if err := c.list.Flush(); err != nil {
		return 0, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, r := range batch {
		e := owed.EntryOf(r)
		if c.last = e.Seq; c.keep == nil || c.keep(r) {
			c.kept[e] = r
		}
	}
	return len(batch), nil
}

func (c *cellar) find(_ context.Context, list []owed.Entry) (found []klaxon.Record, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, e := range list {
		if c.kept[e] == nil && e.Boot == owed.BootOf(c.boot) && e.Seq > c.last {
			break
		}
		found = append(found, c.kept[e])
	}
	return found, nil
}

// house is an output with a spool, of one process after the other.
type house struct {
	t      *testing.T
	path   string
	mu     sync.Mutex
	kept   map[owed.Entry]klaxon.Record
	filter *Filter
}

func newHouse(t *testing.T) *house {
	return &house{t: t, path: filepath.Join(t.TempDir(), "p.owed"), kept: map[owed.Entry]klaxon.Record{}}
}

// run starts a process. What it leaves when it is not stopped, or stopped later, is
// what kill -9 leaves.
func (h *house) run(boot string, keep bool, how Delivery, p *peer) (pipe *Pipeline, store *cellar, stop func()) {
	h.t.Helper()
	list, err := owed.Open(h.path)
	if err != nil {
		h.t.Fatal(err)
	}
	store = &cellar{list: list, boot: boot, mu: &h.mu, kept: h.kept}
	spool := Spool{Owed: list, Find: store.find, Say: func(err error) { h.t.Error(err) }}
	pipe = New(Config{Sensor: "gate", Boot: boot, Zone: policy.Zones{}.Of, Outputs: []Output{
		{Sink: p, Keep: keep, Filter: h.filter, Delivery: how, Spool: spool}, {Sink: store, Keep: true}}})
	end := run(h.t, pipe)
	return pipe, store, func() { end(); list.Close() }
}

func deadPeer(alive *atomic.Bool) *peer {
	p := &peer{fakeSink: fakeSink{name: "p"}}
	p.deliver = func(ctx context.Context, batch []klaxon.Record) (int, error) {
		if alive.Load() {
			return len(batch), nil
		}
		return hang(ctx, batch)
	}
	return p
}

var webhookLike = Delivery{Batch: 1, Deadline: 10 * time.Second, Backoff: time.Minute}

// TestSpool: what a dead peer has not taken at the end, in order or by kill -9, the
// next run tells first, in order, each once, and it is counted on both sides.
func TestSpool(t *testing.T) {
	for _, killed := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			h := newHouse(t)
			var alive atomic.Bool
			dead := deadPeer(&alive)
			pipe, _, stop := h.run("b1", false, webhookLike, dead)
			const made = 20
			for i := range made {
				pipe.Alarm(alarmFrom(fmt.Sprintf("192.0.2.%d", i), klaxon.ProofHandshake))
			}
			time.Sleep(15 * time.Second) // it waits for its second try
			if killed {
				defer stop()
			} else {
				alive.Store(true)
				stop()
				if c := pipe.Counts().Outputs[0]; len(dead.alarms) != 0 || c.AlarmsLeft != made || c.AlarmsLost != 0 || c.Pending != 0 {
					t.Fatalf("%d told, %+v", len(dead.alarms), c)
				}
			}
			back := &peer{fakeSink: fakeSink{name: "p"}}
			pipe, _, end := h.run("b2", false, webhookLike, back)
			pipe.Alarm(alarmFrom("192.0.2.99", klaxon.ProofHandshake))
			time.Sleep(time.Minute)
			end()
			wantAlarms(t, back, made+1, func(i int) string {
				if i == made {
					return "192.0.2.99"
				}
				return fmt.Sprintf("192.0.2.%d", i)
			})
			if c := pipe.Counts().Outputs[0]; c.AlarmsFirst != made || c.Alarms != made+1 || c.AlarmsLeft != 0 {
				t.Errorf("%+v", c)
			}
			again := &peer{fakeSink: fakeSink{name: "p"}}
			_, _, end = h.run("b3", false, webhookLike, again)
			time.Sleep(time.Minute)
			if end(); len(again.alarms) != 0 {
				t.Errorf("%d alarms are told again", len(again.alarms))
			}
		})
	}
}

func wantAlarms(t *testing.T, p *peer, n int, source func(int) string) {
	t.Helper()
	if len(p.alarms) != n {
		t.Fatalf("%d alarms of %d were told", len(p.alarms), n)
	}
	for i, a := range p.alarms {
		if got := a.Source.Addr.String(); got != source(i) {
			t.Fatalf("alarm %d is of %s, want %s", i, got, source(i))
		}
	}
}

// TestSpoolBeyondTheQueue: a peer that is dead for longer than the queue has room
// gets everything when it is back, in order, each once, while more comes.
func TestSpoolBeyondTheQueue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t)
		var alive atomic.Bool
		dead := deadPeer(&alive)
		pipe, _, stop := h.run("b1", true, Delivery{Batch: 500, Deadline: 10 * time.Second, Backoff: time.Minute}, dead)
		made := 0
		flood := func(n int) {
			for range n {
				pipe.Touch(touchFrom(fmt.Sprintf("10.0.%d.%d", made/200%250, made%200), klaxon.ProofHandshake))
				if made++; made%5000 == 0 {
					time.Sleep(time.Second)
				}
			}
		}
		flood(25_000)
		if c := pipe.Counts().Outputs[0]; c.Lost != 0 || c.Pending < 25_000 {
			t.Errorf("while it is dead: %+v", c)
		}
		alive.Store(true)
		flood(25_000)
		time.Sleep(10 * time.Minute)
		pipe.Touch(touchFrom("10.0.0.1", klaxon.ProofHandshake))
		stop()
		if len(dead.touches) != made+1 {
			t.Fatalf("%d touches of %d", len(dead.touches), made+1)
		}
		before := uint64(0)
		for i, seq := range dead.touches {
			if seq <= before {
				t.Fatalf("touch %d has the number %d after %d", i, seq, before)
			}
			before = seq
		}
		if c := pipe.Counts().Outputs[0]; c.Lost != 0 || c.Pending != 0 || c.Left != 0 || c.Written != uint64(made+1) {
			t.Errorf("%+v", c)
		}
	})
}

// TestSpoolGap: what the store has forgotten is told with its exact count, and the
// rest arrives.
func TestSpoolGap(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t)
		var alive atomic.Bool
		pipe, store, stop := h.run("b1", false, webhookLike, deadPeer(&alive))
		n := 0
		store.keep = func(r klaxon.Record) bool { // forgets 1 to 5, and 11
			_, alarm := r.(*klaxon.Alarm)
			if alarm {
				n++
			}
			return !alarm || n > 5 && n != 11
		}
		for i := range 20 {
			pipe.Alarm(alarmFrom(fmt.Sprintf("192.0.2.%d", i+1), klaxon.ProofHandshake))
		}
		time.Sleep(5 * time.Second)
		defer stop()
		back := &peer{fakeSink: fakeSink{name: "p"}}
		pipe, _, end := h.run("b2", false, webhookLike, back)
		time.Sleep(5 * time.Minute)
		end()
		var want []string
		for i := 6; i <= 20; i++ {
			if i != 11 {
				want = append(want, fmt.Sprintf("192.0.2.%d", i))
			}
		}
		wantAlarms(t, back, len(want), func(i int) string { return want[i] })
		if c := pipe.Counts().Outputs[0]; back.told(klaxon.HealthDrops, "p") != 6 || c.AlarmsLost != 6 {
			t.Errorf("%d are told as lost: %+v", back.told(klaxon.HealthDrops, "p"), c)
		}
	})
}

// TestSpoolOwesWhatWasDue: what was quiet, held back or not wanted at its time is
// not told after a restart either.
func TestSpoolOwesWhatWasDue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t)
		h.filter = &Filter{Severity: 3}
		var alive atomic.Bool
		pipe, _, stop := h.run("b1", false, webhookLike, deadPeer(&alive))
		for i := range 600 {
			a := alarmFrom(fmt.Sprintf("10.0.%d.%d", i/200, i%200), klaxon.ProofHandshake)
			a.Quiet, a.Severity = i%5 == 1, 1+i%3*2
			pipe.Alarm(a)
		}
		time.Sleep(5 * time.Second)
		c := pipe.Counts()
		due := c.AlarmsStaged - c.Quiet - c.HeldBackNotify - c.Outputs[0].AlarmsPassed
		if due == 0 || c.Quiet == 0 || c.HeldBackNotify == 0 || c.Outputs[0].AlarmsPassed == 0 {
			t.Fatalf("nothing is tested: %+v", c)
		}
		defer stop()
		back := &peer{fakeSink: fakeSink{name: "p"}}
		_, _, end := h.run("b2", false, webhookLike, back)
		time.Sleep(10 * time.Minute)
		if end(); uint64(len(back.alarms)) != due {
			t.Errorf("%d were told, %d were due", len(back.alarms), due)
		}
	})
}

// TestConservationWithSpool: the laws hold over runs with peers that fail at random
// and stores that forget.
func TestConservationWithSpool(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t)
		rng, forget := rand.New(rand.NewPCG(3, 3)), rand.New(rand.NewPCG(4, 4))
		took := 0
		var all tally
		for round := range 3 {
			p := &peer{fakeSink: fakeSink{name: "p"}}
			p.deliver = func(ctx context.Context, batch []klaxon.Record) (int, error) {
				switch rng.IntN(3) {
				case 0:
					return hang(ctx, batch)
				case 1:
					return rng.IntN(len(batch) + 1), &klaxon.Refusal{Count: rng.IntN(2), Err: fmt.Errorf("no")}
				}
				return len(batch), nil
			}
			pipe, store, stop := h.run(fmt.Sprint("boot", round), true, Delivery{Batch: 100, Deadline: time.Second, Backoff: 10 * time.Second}, p)
			store.keep = func(klaxon.Record) bool { return forget.IntN(50) > 0 }
			for i := range 20_000 {
				pipe.Touch(touchFrom(fmt.Sprintf("10.%d.%d.%d", round, i/200, i%200), klaxon.ProofHandshake))
				if i%5_000 == 0 {
					pipe.Alarm(alarmFrom("192.0.2.1", klaxon.ProofHandshake))
					time.Sleep(time.Second)
				}
			}
			time.Sleep(time.Minute)
			stop()
			c := pipe.Counts()
			o := c.Outputs[0]
			if o.Written+o.Lost+c.HeldBackKeep+o.Left != c.Staged+o.First || o.Alarms+o.AlarmsLost+o.AlarmsLeft != c.AlarmsStaged+o.AlarmsFirst || o.Pending != 0 {
				t.Fatalf("round %d: %+v", round, c)
			}
			if o.First != all.touches || o.AlarmsFirst != all.alarms {
				t.Fatalf("round %d begins with %d and %d, %+v were left", round, o.First, o.AlarmsFirst, all)
			}
			all = tally{touches: o.Left, alarms: o.AlarmsLeft}
			took += len(p.touches)
		}
		if took == 0 || all.touches == 0 {
			t.Errorf("%d taken, %+v left: nothing was tested", took, all)
		}
	})
}
