package pipeline

import (
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"klaxon"
)

// TestFlappingIsToldSeldom: that a sink works again is told at once; of one that fails
// and works in turn, when it has worked for a minute.
func TestFlappingIsToldSeldom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var steady atomic.Bool
		calls := 0
		bad, good := &fakeSink{name: "bad"}, &fakeSink{name: "good"}
		bad.emit = func(batch []klaxon.Record) (int, error) {
			if calls++; !steady.Load() && calls%2 == 0 {
				return 0, errors.New("connection refused")
			}
			return len(batch), nil
		}
		p, stop := start(t, Output{Sink: bad}, Output{Sink: good, Keep: true})
		defer stop()
		for i := range 60 {
			p.Alarm(alarmFrom(fmt.Sprintf("10.0.0.%d", i), klaxon.ProofHandshake))
			time.Sleep(2 * time.Second)
		}
		said := func() (fails, works int) {
			synctest.Wait()
			good.mu.Lock()
			defer good.mu.Unlock()
			for _, h := range good.health {
				switch {
				case h.What == klaxon.HealthHeldBack && h.Count == 0 && h.Detail == "connection refused":
					fails++
				case h.What == klaxon.HealthHeldBack && h.Count == 0 && h.Detail == "writing again":
					works++
				}
			}
			return fails, works
		}
		if fails, works := said(); fails != 2 || works != 1 {
			t.Errorf("while it flaps: %d and %d statements", fails, works)
		}
		steady.Store(true)
		time.Sleep(3 * time.Minute)
		if fails, works := said(); fails != 2 || works != 2 {
			t.Errorf("in the end: %d and %d statements", fails, works)
		}
	})
}

// TestStallIsFailing: a sink that does not come back is not well.
func TestStallIsFailing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		let := make(chan struct{})
		s := &fakeSink{name: "pipe", emit: func(batch []klaxon.Record) (int, error) { <-let; return len(batch), nil }}
		p, stop := start(t, Output{Sink: s})
		p.Alarm(alarmFrom("192.0.2.1", klaxon.ProofHandshake))
		time.Sleep(5 * time.Second)
		if c := p.Counts().Outputs[0]; c.Failing {
			t.Errorf("at once: %+v", c)
		}
		time.Sleep(30 * time.Second)
		if c := p.Counts().Outputs[0]; !c.Failing || c.Why == "" {
			t.Errorf("after half a minute: %+v", c)
		}
		close(let)
		synctest.Wait()
		if c := p.Counts().Outputs[0]; c.Failing || c.Alarms != 1 {
			t.Errorf("when it is back: %+v", c)
		}
		stop()
	})
}
