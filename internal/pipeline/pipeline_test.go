package pipeline

import (
	"context"
	"fmt"
	"net/netip"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"klaxon"
	"klaxon/internal/policy"
)

// fakeSink records what it takes and fails as told. It stands beside the real
// sinks, which internal/sink tests, because those cannot be made to fail at a
// chosen record.
type fakeSink struct {
	name string
	emit func(batch []klaxon.Record) (int, error) // nil: takes all

	mu      sync.Mutex
	touches []uint64 // Seq
	alarms  []klaxon.Alarm
	health  []klaxon.Health
}

func (s *fakeSink) Name() string { return s.name }
func (s *fakeSink) Close() error { return nil }

func (s *fakeSink) Emit(batch []klaxon.Record) (int, error) {
	n, err := len(batch), error(nil)
	if s.emit != nil {
		n, err = s.emit(batch)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range batch[:n] {
		switch r := r.(type) {
		case *klaxon.Touch:
			s.touches = append(s.touches, r.Seq)
		case *klaxon.Alarm:
			s.alarms = append(s.alarms, *r)
		case *klaxon.Health:
			s.health = append(s.health, *r)
		}
	}
	return n, err
}

func (s *fakeSink) told(what klaxon.HealthWhat, output string) (n uint64) {
	for _, h := range s.health {
		if h.What == what && h.Output == output {
			n += h.Count
		}
	}
	return n
}

func start(t *testing.T, outputs ...Output) (*Pipeline, func()) {
	t.Helper()
	p := New(Config{Sensor: "gate", Boot: "b1", Zone: policy.Zones{}.Of, Outputs: outputs})
	return p, run(t, p)
}

// run starts p, and returns what stops it.
func run(t *testing.T, p *Pipeline) func() {
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { p.Run(ctx); close(done) }()
	return func() { stop(); <-done }
}

func touchFrom(addr string, proof klaxon.Proof) *klaxon.Touch {
	return &klaxon.Touch{
		Time: time.Now(), Transport: klaxon.TCP, Proof: proof, Service: "exec",
		Source: klaxon.Endpoint{Addr: netip.MustParseAddr(addr), Port: 40000},
		Target: klaxon.Endpoint{Addr: netip.MustParseAddr("10.0.0.1"), Port: 512},
	}
}

func TestTouchIsStampedAndOrdered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var first klaxon.Touch
		sink := &fakeSink{name: "keep"}
		sink.emit = func(batch []klaxon.Record) (int, error) {
			if touch, ok := batch[0].(*klaxon.Touch); ok && first.ID == "" {
				first = *touch
			}
			return len(batch), nil
		}
		p, stop := start(t, Output{Sink: sink, Keep: true})
		for range 100 {
			p.Touch(touchFrom("192.168.0.9", klaxon.ProofHandshake))
		}
		stop()
		if first.Sensor != "gate" || first.Boot != "b1" || first.Zone != klaxon.ZoneInside || len(first.ID) != 26 || first.CommunityID == "" {
			t.Errorf("not stamped: %+v", first)
		}
		for i, seq := range sink.touches {
			if seq != uint64(i+1) {
				t.Fatalf("touch %d has seq %d", i, seq)
			}
		}
		if len(sink.touches) != 100 {
			t.Errorf("%d touches out, want 100", len(sink.touches))
		}
	})
}

func TestPayloadSampleIsCopied(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var got []byte
		sink := &fakeSink{name: "keep"}
		sink.emit = func(batch []klaxon.Record) (int, error) {
			got = batch[0].(*klaxon.Touch).Payload.Sample
			return len(batch), nil
		}
		p, stop := start(t, Output{Sink: sink, Keep: true})
		buf := []byte("knock")
		touch := touchFrom("192.0.2.1", klaxon.ProofNone)
		touch.Payload = &klaxon.Payload{Sample: buf, Len: 5}
		p.Touch(touch)
		copy(buf, "XXXXX") // the watcher reads its next datagram
		stop()
		if string(got) != "knock" {
			t.Errorf("sample is %q", got)
		}
	})
}

func TestOneSourceIsBoundedInRecords(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		keep := &fakeSink{name: "keep"}
		p, stop := start(t, Output{Sink: keep, Keep: true})
		const made = 15_000
		for i := range made {
			p.Touch(touchFrom("192.0.2.1", klaxon.ProofHandshake))
			if i%5000 == 0 {
				synctest.Wait()
			}
		}
		stop()
		if n := len(keep.touches); n != 10_000 {
			t.Errorf("%d recorded, want the burst of 10,000", n)
		}
		if sum := uint64(len(keep.touches)) + keep.told(klaxon.HealthHeldBack, ""); sum != made {
			t.Errorf("recorded + counted = %d, made %d", sum, made)
		}
		if h := keep.health[0]; h.Detail != "most from 192.0.2.1" {
			t.Errorf("detail is %q", h.Detail)
		}
	})
}

// TestFailingSink lets one sink fail for an hour: the other misses nothing and
// learns of it, the failing one loses only what its queue could not hold, and
// its own count is exact once it works again.
func TestFailingSink(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		good, bad := &fakeSink{name: "good"}, &fakeSink{name: "bad"}
		var full sync.Map
		full.Store("disk", true)
		bad.emit = func(batch []klaxon.Record) (int, error) {
			if _, ok := full.Load("disk"); ok {
				return 0, fmt.Errorf("write: %w", syscall.ENOSPC)
			}
			return len(batch), nil
		}
		p, stop := start(t, Output{Sink: good, Keep: true}, Output{Sink: bad, Keep: true})
		const made = keepQueueCap + 5000
		for i := range made {
			p.Touch(touchFrom(fmt.Sprintf("10.%d.%d.7", i/250, i%250), klaxon.ProofHandshake))
			if i%1000 == 0 {
				synctest.Wait()
			}
		}
		time.Sleep(time.Hour)
		full.Delete("disk")
		time.Sleep(2 * retryAfter)
		stop()
		if n := len(good.touches); n != made {
			t.Errorf("the good sink has %d of %d", n, made)
		}
		if good.told(klaxon.HealthDisk, "bad") != 0 || len(good.health) == 0 || good.health[0].What != klaxon.HealthDisk {
			t.Errorf("the good sink was not told of the full disk: %+v", good.health)
		}
		lost := good.told(klaxon.HealthDrops, "bad")
		if lost == 0 || uint64(len(bad.touches))+lost != made {
			t.Errorf("bad sink: %d written + %d told as lost, made %d", len(bad.touches), lost, made)
		}
	})
}

// TestHangingSink lets one sink never return: the other misses nothing, and the
// end comes and counts what the one was given as lost.
func TestHangingSink(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		good, bad := &fakeSink{name: "good"}, &fakeSink{name: "bad"}
		release := make(chan struct{})
		bad.emit = func(batch []klaxon.Record) (int, error) { <-release; return len(batch), nil }
		p, stop := start(t, Output{Sink: bad, Keep: true}, Output{Sink: good, Keep: true})
		const made = 1000
		for range made {
			p.Touch(touchFrom("192.0.2.1", klaxon.ProofHandshake))
		}
		stop()
		c := p.Counts()
		if len(good.touches) != made || c.Outputs[1].Written != made {
			t.Errorf("the good sink has %d of %d", len(good.touches), made)
		}
		if o := c.Outputs[0]; o.Written != 0 || o.Lost != made || o.Pending != 0 {
			t.Errorf("the one that hangs: %+v", o)
		}
		close(release)
		synctest.Wait()
		if o := p.Counts().Outputs[0]; o.Written != 0 || o.Lost != made {
			t.Errorf("it came back, and is counted twice: %+v", o)
		}
	})
}

// TestCountsOfGapsAreKept fills a sink's queue: what it is told of gaps meanwhile
// is summed up, and told when there is room.
func TestCountsOfGapsAreKept(t *testing.T) {
	o := newOutput(Output{Sink: &fakeSink{name: "x"}, Keep: true}, time.Unix(0, 0), nil)
	now := time.Unix(0, 0)
	for o.lost.all.touches == 0 {
		o.offer(touchFrom("192.0.2.1", klaxon.ProofHandshake), now)
	}
	for range 500 {
		o.offer(&klaxon.Health{What: klaxon.HealthHeldBack, Count: 3}, now)
		o.offer(&klaxon.Health{What: klaxon.HealthDrops, Output: "json", Count: 2}, now)
	}
	told := map[klaxon.HealthWhat]uint64{}
	for len(o.queue)+len(o.waiting) > 0 {
		batch, _ := o.next(time.Now)
		for _, r := range batch {
			if h, ok := r.(*klaxon.Health); ok {
				told[h.What] += h.Count
			}
		}
	}
	if told[klaxon.HealthHeldBack] != 1500 || told[klaxon.HealthDrops] != 1000 || o.bytes != 0 {
		t.Errorf("told of %v, %d bytes left", told, o.bytes)
	}
}

func TestIntakeOverflowIsCounted(t *testing.T) {
	in := newIntake()
	touch := touchFrom("192.0.2.1", klaxon.ProofNone)
	for range intakeCap + 7 {
		in.touch(touch)
	}
	for range alarmCap + 3 {
		in.alarm(&klaxon.Alarm{})
	}
	all := in.take()
	if len(all.touches) != intakeCap || all.dropped[touches] != 7 || len(all.alarms) != alarmCap || all.dropped[alarms] != 3 {
		t.Errorf("%d touches and %d alarms taken, %v dropped", len(all.touches), len(all.alarms), all.dropped)
	}
	if again := in.take(); len(again.touches)+len(again.alarms) != 0 || again.dropped != [2]uint64{} {
		t.Errorf("taken twice: %+v", again)
	}
}

func TestSourceTableEviction(t *testing.T) {
	table := newSourceTable()
	for i := range 100 {
		table.get(netip.AddrFrom4([4]byte{192, 0, 2, byte(i)}), int64(i)).proven = true
	}
	for i := range 1 << 20 {
		table.get(netip.AddrFrom4([4]byte{11, byte(i >> 16), byte(i >> 8), byte(i)}), int64(1000+i))
	}
	kept := 0
	for i := range 100 {
		key := netip.AddrFrom4([4]byte{192, 0, 2, byte(i)})
		if table.get(key, 1<<40).proven {
			kept++
		}
	}
	if kept != 100 {
		t.Errorf("a flood of unproven sources left %d of 100 proven ones", kept)
	}
	a := table.get(netip.MustParseAddr("2001:db8::1"), 1)
	if b := table.get(netip.MustParseAddr("2001:db8::ffff:2"), 2); a != b {
		t.Error("two addresses of one /64 are two sources")
	}
}

// TestClassOfAlarm: what comes from inside, or comes back, waits behind nobody; and
// a process of this host, which has any number of addresses, is no crowd of proven
// strangers.
func TestClassOfAlarm(t *testing.T) {
	for _, tt := range []struct {
		name     string
		zone     klaxon.Zone
		severity int
		proof    klaxon.Proof
		event    klaxon.Event
		want     int
	}{
		{"an insider", klaxon.ZoneInside, 5, klaxon.ProofHandshake, klaxon.EventOpen, urgent},
		{"who comes back", klaxon.ZoneOutside, 5, klaxon.ProofData, klaxon.EventUpdate, urgent},
		{"its end", klaxon.ZoneInside, 5, klaxon.ProofHandshake, klaxon.EventClose, proven},
		{"an insider's address, forged", klaxon.ZoneInside, 5, klaxon.ProofNone, klaxon.EventOpen, unproven},
		{"a stranger", klaxon.ZoneOutside, 3, klaxon.ProofHandshake, klaxon.EventOpen, proven},
		{"a neighbour", klaxon.ZoneInside, 3, klaxon.ProofOnLink, klaxon.EventOpen, onLink},
		{"this host", klaxon.ZoneLoopback, 5, klaxon.ProofData, klaxon.EventOpen, unproven},
	} {
		a := klaxon.Alarm{Event: tt.event, Scan: klaxon.Scan{Zone: tt.zone, Severity: tt.severity, Proof: tt.proof}}
		if got := classOfAlarm(&a); got != tt.want {
			t.Errorf("%s: class %d, want %d", tt.name, got, tt.want)
		}
	}
	most := 14.0 + 4 // health, and reports of what was held back
	for _, r := range notifyLimits.class {
		most += r.burst + 60*r.perSecond
	}
	if most > 200 {
		t.Errorf("%v lines in a minute", most)
	}
}
