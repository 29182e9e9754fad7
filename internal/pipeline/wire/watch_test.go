package wire

import (
	"cmp"
	"context"
	"errors"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"klaxon"
	"klaxon/internal/decode"
	"klaxon/internal/pipeline/detect"
	"klaxon/internal/track"
	"klaxon/internal/watch/capture"
)

func touchAt(at time.Time) *klaxon.Touch {
	return &klaxon.Touch{
		Time: at, Zone: klaxon.ZoneOutside, Transport: klaxon.TCP, Proof: klaxon.ProofHandshake, Service: "exec",
		Source: klaxon.Endpoint{Addr: netip.MustParseAddr("192.0.2.1"), Port: 40000},
		Target: klaxon.Endpoint{Addr: netip.MustParseAddr("10.0.0.1"), Port: 512},
	}
}

// told collects what a Watch says. It is safe for concurrent use.
type told struct {
	mu     sync.Mutex
	alarms []klaxon.Alarm
	health []klaxon.Health
}

func (o *told) alarm(a *klaxon.Alarm) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.alarms = append(o.alarms, *a)
}

func (o *told) state(h klaxon.Health) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.health = append(o.health, h)
}

func (o *told) config(live *Live) WatchConfig {
	return WatchConfig{Live: live, Health: o.state, Detect: detect.Config{
		Sensor: "gate", Floor: klaxon.Established, Emit: o.alarm,
		Zone:  func(netip.Addr) klaxon.Zone { return klaxon.ZoneOutside },
		Track: track.Config{Memory: track.MinMemory, Seed: 7},
	}}
}

// begin runs a Watch until the function that it returns is called.
func begin(t *testing.T, w *Watch) (end func() State) {
	ctx, stop := context.WithCancel(t.Context())
	sum := make(chan State, 1)
	go func() { sum <- w.Run(ctx) }()
	return func() State { stop(); return <-sum }
}

// TestTouchesAreMerged: touches and packets come to the detector in the order of
// their times, whatever the order they come in, each once, and time does not go
// back.
func TestTouchesAreMerged(t *testing.T) {
	for seed := range uint64(50) {
		r := rand.New(rand.NewPCG(seed, 1))
		var h hands
		var steps []time.Duration
		f, full, free := newFeed(false)
		f.clock, f.touches = h.clock(&steps), newTouches()
		f.ifaces = func() []capture.Interface { return []capture.Interface{{Name: "eth0", Link: decode.LinkRaw}} }
		h.pass(time.Minute)

		var want []int64
		frames := traffic(r)
		frames = slices.DeleteFunc(frames, func(x capture.Frame) bool {
			return x.Interface != 0 || x.Length < 40 || x.Time > start+int64(time.Minute)
		})
		slices.SortStableFunc(frames, func(a, b capture.Frame) int { return cmp.Compare(a.Time, b.Time) })
		for range 40 {
			at := start + r.Int64N(int64(30*time.Second))
			if r.IntN(3) == 0 && len(frames) > 0 {
				at = frames[r.IntN(len(frames))].Time
			}
			want = append(want, at)
			f.touches.put(touchAt(time.Unix(0, at)))
		}
		slices.Sort(want)
		go func() {
			for i := range frames {
				f.frame(&frames[i])
			}
			f.finish()
		}()
		var got []int64
		last := int64(0)
		see := func(at int64) {
			if at < last {
				t.Errorf("seed %d: time goes back by %v", seed, time.Duration(last-at))
			}
			last = at
		}
		packets := 0
		for b := range full {
			from := 0
			for _, m := range b.marks[:b.m] {
				for ; from < m.before; from++ {
					see(b.seen[from].At)
					packets++
				}
				for _, x := range m.touches {
					see(x.at)
					got = append(got, x.at)
				}
			}
			for ; from < b.n; from++ {
				see(b.seen[from].At)
				packets++
			}
			free <- b
		}
		if len(got) != len(want) || !slices.Equal(got, want) {
			t.Errorf("seed %d: touches at %v, want %v", seed, got, want)
		}
		if packets != len(frames) || f.counts.Touches != uint64(len(want)) || f.touches.count.Load() != 0 {
			t.Errorf("seed %d: %d of %d packets, %d touches counted", seed, packets, len(frames), f.counts.Touches)
		}
	}
}

// TestTouchesAreBounded: what finds no room is refused, and what was taken is
// judged.
func TestTouchesAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out told
		w := NewWatch(out.config(nil))
		for i := range touchesMax + 5 {
			if took := w.Touch(touchAt(time.Now())); took != (i < touchesMax) {
				t.Fatalf("touch %d: %v", i, took)
			}
		}
		end := begin(t, w)
		time.Sleep(time.Second)
		if !w.Touch(touchAt(time.Now())) {
			t.Error("there is no room although all was judged")
		}
		if s := end(); s.Touches != touchesMax+1 {
			t.Errorf("%d judged", s.Touches)
		}
	})
}

func TestAsk(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out told
		w := NewWatch(out.config(nil))
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := w.Ask(ctx, func(*detect.Detector) { t.Error("answered by nobody") }); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("before Run: %v", err)
		}
		end := begin(t, w)
		answered := 0
		for range 3 * requestsMax {
			if err := w.Ask(t.Context(), func(*detect.Detector) { answered++ }); err != nil {
				t.Fatal(err)
			}
		}
		if answered != 3*requestsMax {
			t.Errorf("%d answers", answered)
		}
		w.Touch(touchAt(time.Now()))
		time.Sleep(time.Second)
		s, err := w.State(t.Context())
		if err != nil || s.Touches != 1 || time.Since(s.Now) > tickEvery {
			t.Errorf("%+v, %v", s, err)
		}
		end()
		if err := w.Ask(t.Context(), func(*detect.Detector) { t.Error("answered after the end") }); !errors.Is(err, errOver) {
			t.Errorf("after the end: %v", err)
		}
	})
}

// TestQuestionsAreBounded: a detector that is busy is not asked without end, and
// nobody waits for it but those who ask.
func TestQuestionsAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out told
		w := NewWatch(out.config(nil))
		end := begin(t, w)
		busy := make(chan struct{})
		go w.Ask(t.Context(), func(*detect.Detector) { <-busy })
		synctest.Wait()
		var failed, answered int
		var mu sync.Mutex
		var askers sync.WaitGroup
		for range requestsMax + 3 {
			askers.Go(func() {
				err := w.Ask(t.Context(), func(*detect.Detector) { answered++ })
				mu.Lock()
				defer mu.Unlock()
				if errors.Is(err, errBusy) {
					failed++
				}
			})
		}
		synctest.Wait()
		close(busy)
		askers.Wait()
		if failed != 3 || answered != requestsMax {
			t.Errorf("%d refused, %d answered", failed, answered)
		}
		end()
	})
}

// TestWireIsLost: an interface that is gone is told, and touches go on.
func TestWireIsLost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sc := &script{rand: rand.New(rand.NewPCG(1, 1)), clock: time.Now().UnixNano(), drops: make([]uint64, 1)}
		sc.ifaces = []capture.Interface{{Name: "eth0", Link: decode.LinkRaw}}
		for i, data := range scanned("192.0.2.9", 3) {
			sc.frames = append(sc.frames, frame(time.Now().UnixNano()+int64(i), 0, data))
		}
		var out told
		w := NewWatch(out.config(NewLive(sc, func(err error) bool { return errors.Is(err, errIdle) })))
		end := begin(t, w)
		time.Sleep(time.Second)
		for range 10 {
			w.Touch(touchAt(time.Now()))
			time.Sleep(time.Second)
		}
		s := end()
		if s.Frames != 3 || s.Touches != 10 || time.Since(s.Now) > tickEvery {
			t.Errorf("%+v", s)
		}
		if len(out.health) != 1 || out.health[0].What != klaxon.HealthWire || out.health[0].Count != 1 ||
			!strings.Contains(out.health[0].Detail, "only of traps: "+errEnded.Error()) {
			t.Errorf("told %+v", out.health)
		}
	})
}

// TestClockIsSetWhileAnAlarmIsOpen: a year forward and back again, the alarm
// closes when it would have, every record is stamped with the clock as it is at
// that moment, and each step is told.
func TestClockIsSetWhileAnAlarmIsOpen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out told
		w := NewWatch(out.config(nil))
		var off atomic.Int64
		wall := func() time.Time { return time.Now().Add(time.Duration(off.Load())) }
		w.clock.wall = func() int64 { return wall().UnixNano() }
		end := begin(t, w)
		defer end()
		port := uint16(512)
		touch := func() {
			x := touchAt(wall().Round(0))
			x.Source.Port, x.Target.Port = 40000+port, port
			port++
			w.Touch(x)
			time.Sleep(time.Second)
		}
		begun := time.Now()
		touch()
		off.Store(year)
		time.Sleep(time.Second)
		touch()
		off.Store(-year)
		time.Sleep(time.Second)
		touch()
		for range 7200 {
			time.Sleep(time.Second)
			if last := out.last(); last.Event == klaxon.EventClose {
				break
			}
		}
		closed := out.last()
		if closed.Event != klaxon.EventClose || time.Since(begun) > time.Hour {
			t.Fatalf("after %v: %+v", time.Since(begun), closed)
		}
		if apart := wall().Sub(closed.Time); apart < 0 || apart > time.Minute {
			t.Errorf("the end is stamped %v off", apart)
		}
		if long := closed.Last.Sub(closed.First); long < 3*time.Second || long > 10*time.Second {
			t.Errorf("it lasted %v", long)
		}
		if len(out.alarms) > 4 || len(out.health) != 2 || out.health[0].What != klaxon.HealthClock ||
			!strings.Contains(out.health[0].Detail, "set forward by 8760h") || !strings.Contains(out.health[1].Detail, "set back by 17520h") {
			t.Errorf("%d records of alarms, told %+v", len(out.alarms), out.health)
		}
	})
}

// last is the newest record of an alarm.
func (o *told) last() klaxon.Alarm {
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.alarms) == 0 {
		return klaxon.Alarm{}
	}
	return o.alarms[len(o.alarms)-1]
}
