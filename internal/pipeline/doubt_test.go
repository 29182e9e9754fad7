package pipeline

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"klaxon"
)

// waf is a peer behind a filter that lets no record of poisoned pass, and as many
// records of one call as batch says.
func waf(name string, poisoned func(klaxon.Record) bool) *peer {
	p := &peer{fakeSink: fakeSink{name: name}}
	p.deliver = func(_ context.Context, batch []klaxon.Record) (int, error) {
		for _, r := range batch { // a request is refused as a whole
			if poisoned(r) {
				return 0, &klaxon.Doubt{Err: errors.New("403 Forbidden")}
			}
		}
		return len(batch), nil
	}
	return p
}

func fromPoison(r klaxon.Record) bool {
	a, ok := r.(*klaxon.Alarm)
	return ok && a.Source.Addr.Is4() && a.Source.Addr.As4()[0] == 203
}

// TestPoisonedRecordIsSetAside: one record that a filter before the peer refuses is
// counted and told, and all others arrive once, in a minute, whether they go one by
// one or together.
func TestPoisonedRecordIsSetAside(t *testing.T) {
	for _, batch := range []int{1, 500} {
		synctest.Test(t, func(t *testing.T) {
			p := waf("waf", fromPoison)
			pipe, stop := start(t, Output{Sink: p, Delivery: Delivery{Batch: batch, Backoff: 5 * time.Minute}})
			pipe.Alarm(alarmFrom("192.0.2.100", klaxon.ProofNone))
			pipe.Alarm(alarmFrom("203.0.113.1", klaxon.ProofNone))
			for i := range 20 {
				pipe.Alarm(alarmFrom(fmt.Sprintf("192.0.2.%d", i), klaxon.ProofHandshake))
			}
			time.Sleep(time.Minute)
			c := pipe.Counts().Outputs[0]
			if c.Alarms != 21 || c.AlarmsLost != 1 || c.Pending > 1 || c.Failing {
				t.Errorf("after a minute: %+v", c)
			}
			time.Sleep(2 * time.Minute)
			stop()
			once := map[string]bool{}
			for _, a := range p.alarms {
				if once[a.Source.Addr.String()] {
					t.Errorf("%s is told twice", a.Source.Addr)
				}
				once[a.Source.Addr.String()] = true
			}
			if p.told(klaxon.HealthDrops, "waf") != 1 || !strings.Contains(fmt.Sprint(p.health), "set aside, for others are taken") {
				t.Errorf("told %+v", p.health)
			}
		})
	}
}

// TestWhatRefusesEverythingCostsNothing: a peer that takes no record for an hour, as
// with a password that expired, has all of them when that is mended, in order.
func TestWhatRefusesEverythingCostsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var open atomic.Bool
		p := waf("p", func(klaxon.Record) bool { return !open.Load() })
		pipe, stop := start(t, Output{Sink: p, Delivery: Delivery{Batch: 1, Backoff: 5 * time.Minute}})
		for i := range 60 {
			pipe.Alarm(alarmFrom(fmt.Sprintf("192.0.2.%d", i), klaxon.ProofHandshake))
			time.Sleep(time.Minute)
		}
		if c := pipe.Counts().Outputs[0]; !c.Failing || c.AlarmsLost != 0 {
			t.Errorf("while it is shut: %+v", c)
		}
		if n := len(p.called()); n > 40*(1+othersTried) {
			t.Errorf("it was called %d times", n)
		}
		open.Store(true)
		time.Sleep(10 * time.Minute)
		stop()
		wantAlarms(t, p, 60, func(i int) string { return fmt.Sprintf("192.0.2.%d", i) })
	})
}

// TestManyPoisonedRecords: a stranger who makes many of them between the others is no
// better off; and of each alarm the records that arrive are in order.
func TestManyPoisonedRecords(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := waf("p", fromPoison)
		pipe, stop := start(t, Output{Sink: p, Keep: true, Delivery: Delivery{Batch: 1, Backoff: 5 * time.Minute}})
		good := 0
		for i := range 900 {
			a := alarmFrom(fmt.Sprintf("203.0.%d.%d", i/250, i%250), klaxon.ProofNone)
			if a.ID = fmt.Sprint("poison", i); i%3 == 0 {
				a = alarmFrom(fmt.Sprintf("192.0.2.%d", i%10), klaxon.ProofHandshake)
				a.ID, a.Probes = fmt.Sprint("good", i%10), uint64(i)
				good++
			}
			pipe.Alarm(a)
		}
		time.Sleep(10 * time.Minute)
		c := pipe.Counts().Outputs[0]
		stop()
		if c.Alarms != uint64(good) || c.AlarmsLost != uint64(900-good) || len(p.alarms) != good {
			t.Errorf("%d arrived: %+v", len(p.alarms), c)
		}
		last := map[string]uint64{}
		for _, a := range p.alarms {
			if before, known := last[a.ID]; known && a.Probes <= before {
				t.Fatalf("alarm %s: %d after %d", a.ID, a.Probes, before)
			}
			last[a.ID] = a.Probes
		}
	})
}

// TestFlappingPeerLosesNothing: one that takes half of what it is offered is tried
// until it takes the rest.
func TestFlappingPeerLosesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		rng := rand.New(rand.NewPCG(3, 3))
		p := waf("p", func(klaxon.Record) bool { return rng.IntN(5) == 0 })
		pipe, stop := start(t, Output{Sink: p, Keep: true, Delivery: Delivery{Batch: 1, Backoff: 5 * time.Minute}})
		for i := range 300 {
			pipe.Alarm(alarmFrom(fmt.Sprintf("10.0.%d.%d", i/250, i%250), klaxon.ProofHandshake))
		}
		time.Sleep(time.Hour)
		c := pipe.Counts().Outputs[0]
		stop()
		if c.Alarms != 300 || c.AlarmsLost != 0 || len(p.alarms) != 300 {
			t.Errorf("%d arrived: %+v", len(p.alarms), c)
		}
	})
}

// TestDoubtsAtTheEnd: what is doubted then is left, and the end is as swift as ever.
func TestDoubtsAtTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := waf("p", fromPoison)
		pipe, stop := start(t, Output{Sink: p, Delivery: Delivery{Batch: 1, Backoff: 5 * time.Minute}})
		pipe.Alarm(alarmFrom("203.0.113.1", klaxon.ProofNone))
		for i := range 20 {
			pipe.Alarm(alarmFrom(fmt.Sprintf("192.0.2.%d", i), klaxon.ProofHandshake))
		}
		time.Sleep(2 * time.Second)
		before := time.Now()
		stop()
		if took := time.Since(before); took > lastGrace {
			t.Errorf("the end took %s", took)
		}
		if c := pipe.Counts(); c.Outputs[0].Alarms+c.Outputs[0].AlarmsLost != c.AlarmsStaged {
			t.Errorf("%+v", c)
		}
	})
}
