package pipeline

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"klaxon"
	"klaxon/internal/policy"
)

func alarmFrom(addr string, proof klaxon.Proof) *klaxon.Alarm {
	a := &klaxon.Alarm{Event: klaxon.EventOpen, ID: addr, Time: time.Now()}
	a.Shape, a.Proof, a.Severity = klaxon.ShapeVertical, proof, 3
	if addr != "" {
		a.Source.Addr = netip.MustParseAddr(addr)
	}
	return a
}

func TestAlarmIsStampedAfterItsTouch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		keep, notify := &fakeSink{name: "keep"}, &fakeSink{name: "notify"}
		p, stop := start(t, Output{Sink: keep, Keep: true}, Output{Sink: notify})
		p.Touch(touchFrom("192.0.2.1", klaxon.ProofHandshake))
		p.Flush()
		p.Alarm(alarmFrom("192.0.2.1", klaxon.ProofHandshake))
		stop()
		if len(keep.touches) != 1 || len(keep.alarms) != 1 || len(notify.touches) != 0 || len(notify.alarms) != 1 {
			t.Fatalf("the record sink has %d touches and %d alarms, the other one %d and %d",
				len(keep.touches), len(keep.alarms), len(notify.touches), len(notify.alarms))
		}
		if a := notify.alarms[0]; a.Sensor != "gate" || a.Boot != "b1" || a.Seq != 2 || keep.touches[0] != 1 {
			t.Errorf("stamped %s, %s, %d after %d", a.Sensor, a.Boot, a.Seq, keep.touches[0])
		}
	})
}

func TestQuietAlarmIsForRecordsOnly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		keep, notify := &fakeSink{name: "keep"}, &fakeSink{name: "notify"}
		p, stop := start(t, Output{Sink: keep, Keep: true}, Output{Sink: notify})
		quiet := alarmFrom("192.0.2.1", klaxon.ProofHandshake)
		quiet.Quiet = true
		p.Alarm(quiet)
		stop()
		if c := p.Counts(); len(keep.alarms) != 1 || len(notify.alarms) != 0 || c.Quiet != 1 || c.HeldBackNotify != 0 {
			t.Errorf("kept %d, told %d, %+v", len(keep.alarms), len(notify.alarms), c)
		}
	})
}

// TestTouchGoesToTheDetector: each touch that is staged, whether or not a record
// sink has budget for it, and stamped; what finds no room is counted and told.
func TestTouchGoesToTheDetector(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		keep := &fakeSink{name: "keep"}
		const made, room = 15_000, 14_000
		var judged int
		p := New(Config{Sensor: "gate", Boot: "b1", Zone: inside, Outputs: []Output{{Sink: keep, Keep: true}},
			Detect: func(touch *klaxon.Touch) bool {
				if touch.ID == "" || touch.Zone == "" {
					t.Error("a touch went on without its stamp")
				}
				if judged == room {
					return false
				}
				judged++
				return true
			}})
		stop := run(t, p)
		for range made {
			p.Touch(touchFrom("192.0.2.1", klaxon.ProofHandshake))
		}
		stop()
		c := p.Counts()
		if len(keep.touches) != 10_000 || judged != room || c.Unjudged != made-room || keep.told(klaxon.HealthDrops, "detector") != made-room {
			t.Errorf("%d kept, %d judged, %+v", len(keep.touches), judged, c)
		}
	})
}

func inside(netip.Addr) klaxon.Zone { return klaxon.ZoneInside }

// busiest counts how many lines a sink was told in the busiest minute.
func busiest(at []time.Time) (most int) {
	for i, j := 0, 0; i < len(at); i++ {
		for at[i].Sub(at[j]) >= time.Minute {
			j++
		}
		most = max(most, i-j+1)
	}
	return most
}

// TestNotifyBudgets floods with alarms of unproven sources and with statements
// of the sensor, all at once and for an hour: proven ones are still told, and so
// are neighbours; in no minute are there more than 200 lines; and told and held
// back add up exactly.
func TestNotifyBudgets(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		keep, notify := &fakeSink{name: "keep"}, &fakeSink{name: "notify"}
		var lines []time.Time
		notify.emit = func(batch []klaxon.Record) (int, error) {
			for range batch {
				lines = append(lines, time.Now())
			}
			return len(batch), nil
		}
		p, stop := start(t, Output{Sink: keep, Keep: true}, Output{Sink: notify})
		made, statements := 0, 0
		told := map[string]int{}
		for i := range 60 * 60 {
			for range 10 {
				made++
				p.Alarm(alarmFrom(fmt.Sprintf("198.51.%d.%d", made/250%250, made%250+1), klaxon.ProofNone))
			}
			for class, proof := range map[string]klaxon.Proof{"10.0.0.7": klaxon.ProofOnLink, "192.0.2.1": klaxon.ProofHandshake} {
				if i%60 == 30 {
					made++
					told[class]++
					p.Alarm(alarmFrom(class, proof))
				}
			}
			statements++
			p.Health(klaxon.Health{What: klaxon.HealthTrap, Count: 1})
			time.Sleep(time.Second)
		}
		stop()
		got := map[string]int{}
		for _, a := range notify.alarms {
			got[a.Source.Addr.String()]++
		}
		for who, want := range told {
			if got[who] != want {
				t.Errorf("%d of %d alarms of %s were told", got[who], want, who)
			}
		}
		if n := busiest(lines); n > 200 || n < 50 {
			t.Errorf("%d lines in the busiest minute", n)
		}
		all, said := uint64(len(notify.alarms)), uint64(0)
		for _, h := range notify.health {
			if h.What == klaxon.HealthTrap {
				said++
			}
		}
		if sum := all + said + notify.told(klaxon.HealthHeldBack, ""); sum != uint64(made+statements) {
			t.Errorf("%d alarms and %d statements told, and held back, are together %d of %d", all, said, sum, made+statements)
		}
		if c := p.Counts(); len(keep.alarms) != made || c.HeldBackNotify != uint64(made)-all {
			t.Errorf("%d of %d kept; %d held back, %d told", len(keep.alarms), made, c.HeldBackNotify, all)
		}
	})
}

// TestHeldBackOfOneAlarm: the next record of an alarm that is told says how many
// were not.
func TestHeldBackOfOneAlarm(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		keep, notify := &fakeSink{name: "keep"}, &fakeSink{name: "notify"}
		p, stop := start(t, Output{Sink: keep, Keep: true}, Output{Sink: notify})
		const burst, more = 20, 5 // of one source
		for range burst + more {
			p.Alarm(alarmFrom("192.0.2.1", klaxon.ProofHandshake))
		}
		time.Sleep(time.Minute)
		p.Alarm(alarmFrom("192.0.2.1", klaxon.ProofHandshake))
		stop()
		if len(notify.alarms) != burst+1 || notify.alarms[burst].HeldBack != more || notify.alarms[burst-1].HeldBack != 0 {
			t.Errorf("%d told, the last after %d more", len(notify.alarms), notify.alarms[len(notify.alarms)-1].HeldBack)
		}
		if last := keep.alarms[len(keep.alarms)-1]; last.HeldBack != 0 {
			t.Errorf("a record says that %d were held back from it", last.HeldBack)
		}
	})
}

// TestConservation checks the laws of the package comment against sinks that
// fail at random, while watchers and a detector put at once.
func TestConservation(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		flaky := func(name string, seed uint64) *fakeSink {
			rng := rand.New(rand.NewPCG(seed, 1))
			return &fakeSink{name: name, emit: func(batch []klaxon.Record) (int, error) {
				if rng.IntN(3) == 0 {
					return rng.IntN(len(batch) + 1), errors.New("flaky")
				}
				return len(batch), nil
			}}
		}
		sinks := []*fakeSink{flaky("k1", 1), flaky("k2", 2), flaky("n1", 3), flaky("n2", 4)}
		p, stop := start(t, Output{Sink: sinks[0], Keep: true}, Output{Sink: sinks[1], Keep: true}, Output{Sink: sinks[2]}, Output{Sink: sinks[3]})
		var wg sync.WaitGroup
		for w := range 4 {
			wg.Go(func() {
				for i := range 20_000 {
					from := fmt.Sprintf("10.%d.%d.%d", w, i/100%250, i%250)
					p.Touch(touchFrom(from, klaxon.Proof(i%3)))
					if i%4 == 0 {
						a := alarmFrom(from, klaxon.Proof(i/4%3))
						a.Quiet = i%3 == 0
						p.Alarm(a)
					}
					if i%5000 == 0 {
						time.Sleep(time.Second)
					}
				}
			})
		}
		wg.Wait()
		stop()
		c := p.Counts()
		if c.In != 80_000 || c.In != c.Dropped+c.Staged {
			t.Errorf("in %d != dropped %d + staged %d", c.In, c.Dropped, c.Staged)
		}
		if c.Alarms != 20_000 || c.Alarms != c.AlarmsDropped+c.AlarmsStaged || c.Quiet == 0 {
			t.Errorf("alarms %d != dropped %d + staged %d", c.Alarms, c.AlarmsDropped, c.AlarmsStaged)
		}
		for i, o := range c.Outputs {
			conserved(t, &c, &o, sinks[i])
		}
	})
}

func conserved(t *testing.T, c *Counts, o *OutputCounts, sink *fakeSink) {
	t.Helper()
	if uint64(len(sink.touches)) != o.Written || uint64(len(sink.alarms)) != o.Alarms || o.Pending != 0 {
		t.Errorf("%s: sink took %d and %d, booked %d and %d, %d pending",
			o.Name, len(sink.touches), len(sink.alarms), o.Written, o.Alarms, o.Pending)
	}
	staged, held := c.Staged, c.HeldBackKeep
	unseen := uint64(0)
	if !o.Keep {
		staged, held, unseen = 0, 0, c.Quiet+c.HeldBackNotify
	}
	if o.Written+o.Lost+held != staged {
		t.Errorf("%s: %d written + %d lost + %d held back != %d staged", o.Name, o.Written, o.Lost, held, staged)
	}
	if o.Alarms+o.AlarmsLost+unseen != c.AlarmsStaged {
		t.Errorf("%s: %d alarms + %d lost + %d quiet or held back != %d staged", o.Name, o.Alarms, o.AlarmsLost, unseen, c.AlarmsStaged)
	}
}

// TestDrillsAreCountedApart: what a drill did can be taken out of each count, and what is
// left adds up as all did.
func TestDrillsAreCountedApart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		keep, notify := &fakeSink{name: "keep"}, &fakeSink{name: "notify"}
		p := New(Config{Sensor: "gate", Boot: "b1", Zone: policy.Zones{}.Of, Outputs: []Output{{Sink: keep, Keep: true}, {Sink: notify}}})
		const all = intakeCap + 50 // of which the last do not fit
		for i := range all {
			x := touchFrom("192.0.2.7", klaxon.ProofHandshake)
			if i%2 == 0 {
				x.Marks = []klaxon.Mark{klaxon.MarkDrill}
			}
			p.Touch(x)
		}
		for i := range 30 {
			a := alarmFrom("192.0.2.7", klaxon.ProofHandshake)
			a.Quiet = i < 20
			if i < 10 {
				a.Marks = []klaxon.Mark{klaxon.MarkDrill}
			}
			p.Alarm(a)
		}
		run(t, p)()
		c := p.Counts()
		if c.Dropped != 50 || c.In != all || c.Drills != intakeCap/2 {
			t.Errorf("%d in, %d dropped, %d of drills", c.In, c.Dropped, c.Drills)
		}
		if c.Alarms-c.AlarmDrills != 20 || c.Quiet-c.QuietDrills != 10 {
			t.Errorf("%d records in earnest, %d of them quiet; want 20 and 10", c.Alarms-c.AlarmDrills, c.Quiet-c.QuietDrills)
		}
	})
}

// TestHeldBackBefore: what a run before held back and told nobody is told to those who
// missed it, once, and what this one holds back is known until it is told.
func TestHeldBackBefore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		keep, notify := &fakeSink{name: "keep"}, &fakeSink{name: "notify"}
		since := time.Now().Add(-time.Hour)
		p := New(Config{Sensor: "gate", Boot: "b2", Zone: policy.Zones{}.Of, Outputs: []Output{{Sink: keep, Keep: true}, {Sink: notify}}, Held: Held{Notify: Missed{17, since}}})
		stop := run(t, p)
		if h := p.Counts().Held; h.Notify.Count != 17 || !h.Notify.Since.Equal(since) || h.Keep != (Missed{}) {
			t.Errorf("at the start: %+v", h)
		}
		const burst, more = 20, 5 // of one source
		for range burst + more {
			p.Alarm(alarmFrom("192.0.2.1", klaxon.ProofHandshake))
		}
		p.Flush()
		if h := p.Counts().Held; h.Notify.Count != 17+more {
			t.Errorf("%+v, want %d", h, 17+more)
		}
		time.Sleep(2 * reportEvery)
		synctest.Wait()
		if h := p.Counts().Held; h != (Held{}) {
			t.Errorf("all is told, and %+v is left", h)
		}
		stop()
		if n := notify.told(klaxon.HealthHeldBack, ""); n != 17+more || !notify.health[0].Since.Equal(since) || keep.told(klaxon.HealthHeldBack, "") != 0 {
			t.Errorf("%d told, since %v; want %d", n, notify.health[0].Since, 17+more)
		}
		if c := p.Counts(); c.HeldBackNotify != more {
			t.Errorf("%d held back by this run, want %d", c.HeldBackNotify, more)
		}
	})
}
