package pipeline

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"klaxon"
)

// tarpit is a peer that takes a record in the time that takes says, as a filter that
// drops a connection never does; and what it notes is when it had the first record of
// each alarm.
type tarpit struct {
	*peer
	mu sync.Mutex
	at map[string]time.Time
}

const never = time.Hour

func newTarpit(takes func(klaxon.Record) time.Duration) *tarpit {
	p := &tarpit{peer: &peer{fakeSink: fakeSink{name: "p"}}, at: map[string]time.Time{}}
	p.deliver = func(ctx context.Context, batch []klaxon.Record) (int, error) {
		var sum time.Duration
		for _, r := range batch {
			sum = max(sum, takes(r))
		}
		select {
		case <-time.After(sum):
		case <-ctx.Done():
			return 0, &klaxon.Doubt{Err: fmt.Errorf("call p: %w", ctx.Err())}
		}
		p.mu.Lock()
		defer p.mu.Unlock()
		for _, r := range batch {
			if a, ok := r.(*klaxon.Alarm); ok && p.at[a.ID].IsZero() {
				p.at[a.ID] = time.Now()
			}
		}
		return len(batch), nil
	}
	return p
}

func (p *tarpit) had(id string) time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.at[id]
}

// ifPoison is a tarpit's time for what a stranger made so, and quick for the rest.
func ifPoison(d time.Duration) func(klaxon.Record) time.Duration {
	return func(r klaxon.Record) time.Duration {
		if fromPoison(r) {
			return d
		}
		return 20 * time.Millisecond
	}
}

// named is an alarm with an identifier of its own.
func named(id, from string) *klaxon.Alarm {
	a := alarmFrom(from, klaxon.ProofHandshake)
	a.ID = id
	return a
}

// lateness returns how late the latest of the good alarms was that were made when
// began says.
func lateness(t *testing.T, p *tarpit, made map[string]time.Time) (late time.Duration) {
	t.Helper()
	for id, at := range made {
		had := p.had(id)
		if had.IsZero() {
			t.Errorf("alarm %s never came", id)
			continue
		}
		late = max(late, had.Sub(at))
	}
	return late
}

// TestHangingRecordsDelayNobody: fifteen records at which a peer hangs cost the other
// alarms less than a minute, together or one by one; and all that is good arrives once.
func TestHangingRecordsDelayNobody(t *testing.T) {
	for _, batch := range []int{1, 500} {
		synctest.Test(t, func(t *testing.T) {
			p := newTarpit(ifPoison(never))
			pipe, stop := start(t, Output{Sink: p, Delivery: Delivery{Batch: batch, Backoff: 5 * time.Minute}})
			made := map[string]time.Time{}
			good := func(id string) {
				made[id] = time.Now()
				pipe.Alarm(named(id, "192.0.2.1"))
			}
			for i := range 15 {
				pipe.Alarm(named(fmt.Sprint("bad", i), fmt.Sprintf("203.0.113.%d", i)))
			}
			for i := range 4 {
				good(fmt.Sprint("at once", i))
			}
			for i := range 10 {
				time.Sleep(30 * time.Second)
				good(fmt.Sprint("later", i))
			}
			if c := pipe.Counts().Outputs[0]; !c.Failing || c.Why == "" {
				t.Errorf("an output whose oldest record waits for five minutes is well: %+v", c)
			}
			time.Sleep(2 * time.Hour)
			late := lateness(t, p, made)
			t.Logf("%d at a time: a good alarm came at most %s late", batch, late)
			if late > time.Minute {
				t.Errorf("%d at a time: a good alarm came %s late", batch, late)
			}
			c := pipe.Counts().Outputs[0]
			stop()
			if c.Alarms != 14 || c.AlarmsLost != 15 || c.Pending > 0 || c.Failing || len(p.alarms) != 14 {
				t.Errorf("%d came: %+v", len(p.alarms), c)
			}
		})
	}
}

// TestHangingForEver: two alarms a minute at which the peer hangs, with all their
// records, do not silence an output.
func TestHangingForEver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newTarpit(ifPoison(never))
		pipe, stop := start(t, Output{Sink: p, Delivery: webhookLike})
		made := map[string]time.Time{}
		for i := range 600 {
			bad := fmt.Sprintf("203.0.%d.%d", i/250, i%250)
			pipe.Alarm(named("bad"+bad, bad))
			time.Sleep(time.Second)
			id := fmt.Sprint("good", i)
			made[id] = time.Now()
			pipe.Alarm(named(id, fmt.Sprintf("192.0.2.%d", i%250)))
			time.Sleep(9 * time.Second)
			pipe.Alarm(named("bad"+bad, bad))
			time.Sleep(20 * time.Second)
		}
		time.Sleep(3 * time.Hour)
		late := lateness(t, p, made)
		c := pipe.Counts().Outputs[0]
		stop()
		t.Logf("a good alarm came at most %s late, %d statements", late, len(p.health))
		if late > 25*time.Second {
			t.Errorf("a good alarm came %s late", late)
		}
		if c.Alarms != 600 || c.AlarmsLost+c.AlarmsHeldBack+pipe.Counts().HeldBackNotify != 1200 {
			t.Errorf("%+v", c)
		}
		said := 0
		for _, h := range p.health {
			if h.Count == 0 && h.Output == "p" {
				said++
			}
		}
		if said > 100 {
			t.Errorf("%d statements were made in five hours", said)
		}
	})
}

// TestSlowIsNotPicky: a peer that is slow for all, that is slow for some, or that
// hangs for an hour, before or after it was seen to be picky, loses nothing of what it
// takes at all.
func TestSlowIsNotPicky(t *testing.T) {
	var dead atomic.Bool
	slowForSome := func(r klaxon.Record) time.Duration {
		if fromPoison(r) {
			return 8 * time.Second
		}
		return 20 * time.Millisecond
	}
	for _, tt := range []struct {
		what   string
		takes  func(klaxon.Record) time.Duration
		poison bool // some at which it hangs come first
		outage bool
		lost   uint64 // at most
	}{
		{"slow for all", func(klaxon.Record) time.Duration { return 8 * time.Second }, false, false, 0},
		{"slow for some", slowForSome, false, false, 0},
		{"dead for all", ifPoison(8 * time.Second), false, true, 0},
		{"picky and then dead", ifPoison(never), true, true, asidePerPass},
		{"picky and then slow", ifPoison(never), true, false, 0},
	} {
		synctest.Test(t, func(t *testing.T) {
			var slow atomic.Bool
			p := newTarpit(func(r klaxon.Record) time.Duration {
				switch {
				case dead.Load():
					return never
				case slow.Load():
					return max(8*time.Second, tt.takes(r))
				}
				return tt.takes(r)
			})
			pipe, stop := start(t, Output{Sink: p, Delivery: webhookLike})
			bad := 0
			if tt.poison {
				for bad = range 3 {
					pipe.Alarm(named(fmt.Sprint("bad", bad), fmt.Sprintf("203.0.113.%d", bad)))
				}
				bad++
				for i := range 10 {
					pipe.Alarm(named(fmt.Sprint("first", i), "192.0.2.1"))
					time.Sleep(time.Minute)
				}
				slow.Store(!tt.outage)
			}
			dead.Store(tt.outage)
			for i := range 60 {
				from := "192.0.2.1"
				if !tt.poison && i%5 == 0 {
					from = "203.0.113.1"
				}
				pipe.Alarm(named(fmt.Sprint("good", i), from))
				time.Sleep(time.Minute)
			}
			dead.Store(false)
			time.Sleep(3 * time.Hour)
			c := pipe.Counts()
			stop()
			if o := c.Outputs[0]; o.AlarmsLost > tt.lost+uint64(bad) || o.AlarmsLost < uint64(bad) || o.Alarms+o.AlarmsLost+c.HeldBackNotify != c.AlarmsStaged || o.Failing {
				t.Errorf("%s: %+v", tt.what, o)
			}
		})
	}
}

// TestOrderBehindADoubt: what comes of an alarm whose first record hangs waits behind
// that one, and arrives after it if that is taken at last.
func TestOrderBehindADoubt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tries := 0
		p := newTarpit(nil)
		p.deliver = newTarpit(func(r klaxon.Record) time.Duration {
			if a, ok := r.(*klaxon.Alarm); ok && a.ID == "slow" && a.Probes == 1 {
				if tries++; tries < 3 {
					return never
				}
			}
			return 20 * time.Millisecond
		}).deliver
		pipe, stop := start(t, Output{Sink: p, Delivery: webhookLike})
		for i := range 6 {
			a := named("slow", "192.0.2.1")
			a.Probes = uint64(i + 1)
			pipe.Alarm(a)
			pipe.Alarm(named(fmt.Sprint("other", i), fmt.Sprintf("192.0.2.%d", 10+i)))
			time.Sleep(5 * time.Second)
		}
		time.Sleep(10 * time.Minute)
		stop()
		var slow, all uint64
		for _, a := range p.alarms {
			if all++; a.ID == "slow" {
				if a.Probes != slow+1 {
					t.Errorf("record %d comes after %d", a.Probes, slow)
				}
				slow = a.Probes
			}
		}
		if slow != 6 || all != 12 {
			t.Errorf("%d of the alarm's own came, %d in all", slow, all)
		}
	})
}

// TestDoubtsOutliveTheProcess: when klaxond ends or is killed while records are put
// behind, they are there in the next run, and what was taken before them is not told
// again.
func TestDoubtsOutliveTheProcess(t *testing.T) {
	for _, killed := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			h := newHouse(t)
			p := newTarpit(ifPoison(never))
			pipe, _, stop := h.run("b1", false, webhookLike, p.peer)
			for i := range 3 {
				pipe.Alarm(named(fmt.Sprint("bad", i), fmt.Sprintf("203.0.113.%d", i)))
				for j := range 4 {
					id := fmt.Sprint("good", i, j)
					pipe.Alarm(named(id, fmt.Sprintf("192.0.2.%d", 10*i+j)))
				}
			}
			time.Sleep(40 * time.Second)
			synctest.Wait()
			if len(p.alarms) != 12 {
				t.Fatalf("%d came in the first run", len(p.alarms))
			}
			if killed {
				defer stop()
			} else {
				stop()
				if c := pipe.Counts().Outputs[0]; c.AlarmsLeft != 3 || c.AlarmsLost != 0 || c.Pending != 0 {
					t.Errorf("%+v", c)
				}
			}
			back := newTarpit(func(klaxon.Record) time.Duration { return 0 })
			pipe, _, end := h.run("b2", false, webhookLike, back.peer)
			pipe.Alarm(named("new", "192.0.2.99"))
			time.Sleep(time.Minute)
			end()
			wantAlarms(t, back.peer, 4, func(i int) string {
				if i == 3 {
					return "192.0.2.99"
				}
				return fmt.Sprintf("203.0.113.%d", i)
			})
			if c := pipe.Counts().Outputs[0]; c.AlarmsFirst != 3 || c.Alarms != 4 || c.AlarmsLeft != 0 {
				t.Errorf("%+v", c)
			}
		})
	}
}

// TestFloodBehindADoubt: what is noted of a flood that is taken while one record hangs
// is bounded, and that one is not lost from sight.
func TestFloodBehindADoubt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t)
		p := newTarpit(ifPoison(never))
		p.deliver = func(ctx context.Context, batch []klaxon.Record) (int, error) {
			if !fromPoison(batch[0]) {
				return len(batch), nil
			}
			return 0, &klaxon.Doubt{Err: func() error { <-ctx.Done(); return ctx.Err() }()}
		}
		pipe, _, stop := h.run("b1", true, Delivery{Batch: 500, Deadline: 10 * time.Second, Backoff: time.Minute}, p.peer)
		pipe.Alarm(named("bad", "203.0.113.1"))
		time.Sleep(15 * time.Second)
		made := 0
		for range 20 {
			for range 4000 {
				pipe.Touch(touchFrom(fmt.Sprintf("10.0.%d.%d", made/200%250, made%200), klaxon.ProofHandshake))
				made++
			}
			time.Sleep(100 * time.Millisecond)
		}
		synctest.Wait()
		o := pipe.outputs[0]
		if n := len(o.ahead); n > aheadCap || n > 0 && o.ahead[0] == nil {
			t.Errorf("%d are noted", n)
		}
		c := pipe.Counts().Outputs[0]
		if c.Written != uint64(made) || c.AlarmsLost != 1 {
			t.Errorf("%d were made: %+v", made, c)
		}
		stop()
	})
}

// TestDensityOfHangingRecords: with a record a minute that is good among many at which
// the peer hangs it is late by what is before it in line, and no more.
func TestDensityOfHangingRecords(t *testing.T) {
	for _, tt := range []struct {
		perMinute int
		late      time.Duration
	}{{2, 15 * time.Second}, {6, 15 * time.Second}, {12, 20 * time.Second}, {30, 30 * time.Second}} {
		synctest.Test(t, func(t *testing.T) {
			p := newTarpit(ifPoison(never))
			pipe, stop := start(t, Output{Sink: p, Delivery: webhookLike})
			made := map[string]time.Time{}
			for i := range 60 * tt.perMinute {
				pipe.Alarm(named(fmt.Sprint("bad", i), fmt.Sprintf("203.0.%d.%d", i/250, i%250)))
				time.Sleep(time.Minute / time.Duration(tt.perMinute))
				if i%tt.perMinute == 0 {
					id := fmt.Sprint("good", i)
					made[id] = time.Now()
					pipe.Alarm(named(id, fmt.Sprintf("192.0.2.%d", i/tt.perMinute)))
				}
			}
			time.Sleep(10 * time.Minute)
			late := lateness(t, p, made)
			stop()
			t.Logf("%d a minute: a good alarm came at most %s late, %d statements", tt.perMinute, late, len(p.health))
			if late > tt.late {
				t.Errorf("%d a minute: a good alarm came %s late", tt.perMinute, late)
			}
		})
	}
}
