package pipeline

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"klaxon"
)

// TestOwnBudgetIsShared: who forges addresses, or scans from many, takes nothing of an
// output's own budget from what is graver, and what the sensor says of itself comes
// through.
func TestOwnBudgetIsShared(t *testing.T) {
	for _, perMinute := range []int{10, 30} {
		for _, proof := range []klaxon.Proof{klaxon.ProofNone, klaxon.ProofOnLink, klaxon.ProofHandshake} {
			synctest.Test(t, func(t *testing.T) {
				channel := &fakeSink{name: "channel"}
				p, stop := start(t, Output{Sink: channel, PerMinute: perMinute, Filter: &Filter{Severity: 3}})
				const minutes = 30
				for m := range minutes {
					for i := range 30 {
						p.Alarm(alarmFrom(fmt.Sprintf("203.0.%d.%d", m, i), proof))
						time.Sleep(2 * time.Second)
					}
					p.Alarm(graveFrom(fmt.Sprintf("10.0.0.%d", m+1)))
					if m%5 == 0 {
						p.Health(klaxon.Health{What: klaxon.HealthTrap, Count: 1})
					}
				}
				time.Sleep(time.Minute)
				stop()
				grave, said := 0, channel.told(klaxon.HealthTrap, "")
				for _, a := range channel.alarms {
					if a.Severity == 5 {
						grave++
					}
				}
				if grave != minutes || said != 6 {
					t.Errorf("%d a minute, %s: %d grave alarms of %d and %d statements of 6 are told", perMinute, proof, grave, minutes, said)
				}
				if others := len(channel.alarms) - grave; others < minutes {
					t.Errorf("%d a minute, %s: %d others", perMinute, proof, others)
				}
			})
		}
	}
}

// TestEndIsOwed: whatever was told to open is told to end, or to be taken back, however
// little budget there is; and what was not is not told of for that.
func TestEndIsOwed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		pager := &fakeSink{name: "pager"}
		p, stop := start(t, Output{Sink: pager, PerMinute: 10})
		say := func(i int, e klaxon.Event) {
			a := alarmFrom(fmt.Sprintf("10.0.0.%d", i), klaxon.ProofHandshake)
			a.ID, a.Event = fmt.Sprint("id", i), e
			p.Alarm(a)
		}
		for i := range 20 {
			say(i, klaxon.EventOpen)
		}
		time.Sleep(time.Second)
		for i := range 20 {
			say(i, []klaxon.Event{klaxon.EventClose, klaxon.EventRetract}[i%2])
		}
		time.Sleep(time.Second)
		stop()
		open, opened := map[string]bool{}, 0
		for _, a := range pager.alarms {
			switch {
			case a.Event == klaxon.EventOpen:
				open[a.ID] = true
				opened++
			case !open[a.ID]:
				t.Errorf("the end of %s is told, which was not told to open", a.ID)
			default:
				delete(open, a.ID)
			}
		}
		if opened == 0 || opened == 20 || len(open) > 0 {
			t.Errorf("%d opened, %d of these are never told to end", opened, len(open))
		}
	})
}

// TestBudgetRemembersFewAlarms: what is never closed makes nothing grow.
func TestBudgetRemembersFewAlarms(t *testing.T) {
	b := newBudget(1_000_000, 0)
	for i := range 10 * untoldCap {
		b.pass(&klaxon.Alarm{ID: fmt.Sprint(i), Event: klaxon.EventOpen}, int64(i))
	}
	if len(b.told) > untoldCap {
		t.Errorf("%d alarms are remembered", len(b.told))
	}
}
