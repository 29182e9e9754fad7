package track_test

import (
	"fmt"
	"math"
	"net/netip"
	"runtime"
	"testing"
	"time"

	"klaxon/internal/classify"
	"klaxon/internal/decode"
	"klaxon/internal/track"
)

// stranger is the nth of many addresses, none of which is alice or bob.
func stranger(n int) string {
	return netip.AddrFrom4([4]byte{20 + byte(n>>24), byte(n >> 16), byte(n >> 8), byte(n)}).String()
}

// refusals makes evidence against a source: so many refusals.
func (w *wire) refusals(source string, n int) {
	for i := range n {
		c := conn{source, fmt.Sprintf("192.0.2.%d", i+1), 40000 + uint16(i), 8080, uint32(i)*977 + 5, 0}
		w.send(c.syn(), c.refusal())
	}
}

// TestSpoofedFloodEvictsNoEvidence: any number of sources that nobody can
// prove, ten times what fits, push out none of those with evidence.
func TestSpoofedFloodEvictsNoEvidence(t *testing.T) {
	for _, tt := range []struct {
		name string
		gap  time.Duration
		make func(n int) decode.Packet
	}{
		{"SYNs at once", time.Microsecond, func(n int) decode.Packet {
			return conn{stranger(n), fmt.Sprintf("10.%d.%d.9", n>>6&255, n>>14&255), 1024, 80, uint32(n), 0}.rawSyn()
		}},
		{"SYNs over an hour", 100 * time.Millisecond, func(n int) decode.Packet {
			return conn{stranger(n), fmt.Sprintf("10.%d.%d.9", n>>6&255, n>>14&255), 1024, 80, uint32(n), 0}.rawSyn()
		}},
		{"datagrams", time.Microsecond, func(n int) decode.Packet {
			return udp(stranger(n), 1024, fmt.Sprintf("10.%d.%d.9", n>>6&255, n>>14&255), 9999)
		}},
		{"FINs", time.Microsecond, func(n int) decode.Packet {
			return lone(decode.FIN, stranger(n), fmt.Sprintf("10.%d.%d.9", n>>6&255, n>>14&255), 80)
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWire(t, track.Config{Seed: 7})
			w.refusals(alice, 10)
			scanner := w.source(alice)
			index, life, score := scanner.Index, scanner.Life, scanner.Score
			const flood = 40_000 // there are about 3,200 records
			for n := range flood {
				p := tt.make(n)
				w.at += int64(tt.gap)
				w.Observe(w.at, 0, &p)
				w.Changed(func(track.View) {})
			}
			if c := w.Counts(); c.SourcesEvicted < flood*8/10 {
				t.Fatalf("only %d of %d records were given away: this is no flood", c.SourcesEvicted, flood)
			}
			v, ok := w.View(index, life)
			if !ok || v.Addr != ip(alice) || v.Score != score || len(v.Notes) != 10 {
				t.Errorf("the scanner's record is gone, or not what it was: %v, score %d of %d, %d contacts", ok, v.Score, score, len(v.Notes))
			}
		})
	}
}

// TestMoreEvidenceStays: of a hundred sources with evidence none is pushed out
// by a flood of sources with less.
func TestMoreEvidenceStays(t *testing.T) {
	w := newWire(t, track.Config{Seed: 3})
	const n = 100
	type record struct{ index, life uint32 }
	all := map[string]record{}
	for i := range n {
		source := fmt.Sprintf("198.18.0.%d", i)
		w.refusals(source, 3)
	}
	w.each(func(v track.View) {
		all[netip.AddrFrom4([4]byte(v.Addr[:4])).String()] = record{v.Index, v.Life}
	})
	if len(all) != n {
		t.Fatalf("%d records of %d sources", len(all), n)
	}
	for i := range 50_000 { // each with one refusal
		c := conn{stranger(i), "10.1.2.3", 40000, uint16(1 + i%60000), uint32(i), 0}
		w.send(c.syn(), c.refusal())
	}
	for source, r := range all {
		if _, ok := w.View(r.index, r.life); !ok {
			t.Errorf("%s was pushed out", source)
		}
	}
}

// TestOpenAlarmStays: a source with an open alarm is given away last of all.
func TestOpenAlarmStays(t *testing.T) {
	w := newWire(t, track.Config{Seed: 11})
	w.send(conn{alice, bob, 40000, 8080, 1000, 0}.syn()) // with hardly any evidence
	v := w.source(alice)
	index, life := v.Index, v.Life
	if w.OpenReport(v) == nil {
		t.Fatal("no report")
	}
	for i := range 40_000 {
		c := conn{stranger(i), fmt.Sprintf("10.1.%d.3", i%200), 40000, 80, uint32(i), 0}
		w.send(c.rawSyn(), c.refusal())
	}
	v, ok := w.View(index, life)
	if !ok || v.Report == nil {
		t.Fatal("its record is gone, or its report")
	}
	w.CloseReport(v)
	if _, ok := w.View(index, life); ok {
		t.Error("the life goes on after the alarm")
	}
}

// TestReportsAreBounded: more alarms than reports leave the rest without, and
// closed ones make room.
func TestReportsAreBounded(t *testing.T) {
	w := newWire(t, track.Config{})
	for i := range 400 {
		w.send(conn{stranger(i), bob, 40000, 8080, 1000, 0}.syn())
	}
	var open []track.View
	w.each(func(v track.View) {
		if w.OpenReport(v) != nil {
			open = append(open, v)
		}
	})
	if len(open) < 8 || len(open) > 200 {
		t.Fatalf("%d reports", len(open))
	}
	for _, v := range open {
		w.CloseReport(v)
	}
	again := 0
	w.each(func(v track.View) {
		if w.OpenReport(v) != nil {
			again++
		}
	})
	if again != len(open) {
		t.Errorf("%d reports, %d after all were closed", len(open), again)
	}
}

// TestHistoryIsBounded: a source keeps a bounded number of contacts, evidence
// first of all.
func TestHistoryIsBounded(t *testing.T) {
	w := newWire(t, track.Config{})
	w.refusals(alice, 40)
	for i := range 5000 {
		c := conn{alice, fmt.Sprintf("10.0.%d.%d", i/250, i%250+1), 50000, 443, uint32(i) * 977, 5000}
		w.send(c.syn(), c.synAck(), c.ack(), c.clientFin(300, 4000))
	}
	v := w.source(alice)
	if len(v.Notes) > 64 || v.Tuples != 5040 {
		t.Errorf("%d contacts kept of %d", len(v.Notes), v.Tuples)
	}
	kept := 0
	for _, n := range v.Notes {
		if n.Outcome == track.Refused {
			kept++
		}
	}
	if kept < 30 {
		t.Errorf("of 40 refusals %d are kept", kept)
	}
}

// TestHostsEstimate: of more hosts than are counted exactly the number is told
// within 7 %, which is two standard errors of the estimate.
func TestHostsEstimate(t *testing.T) {
	const seeds, hosts = 20, 3000
	for name, address := range map[string]func(n int) [4]byte{
		"neighbours":   func(n int) [4]byte { return [4]byte{10, 0, byte(n >> 8), byte(n)} },
		"each network": func(n int) [4]byte { return [4]byte{10, byte(n >> 8), byte(n), 1} },
		"far apart":    func(n int) [4]byte { return [4]byte{byte(1 + n>>8), byte(n), 7, 7} },
	} {
		sum, beyond := 0.0, 0
		for seed := range uint64(seeds) {
			w := newWire(t, track.Config{Seed: seed})
			c := conn{alice, bob, 40000, 80, 1000, 0}
			p := c.syn()
			w.send(p)
			r := w.OpenReport(w.source(alice))
			for n := range hosts {
				a := address(n)
				copy(p.Dst[:], a[:])
				p.Seq = uint32(n) * 977
				w.send(p)
			}
			off := math.Abs(float64(r.Hosts())/(hosts+1) - 1)
			sum += off
			if off > .07 {
				beyond++
			}
		}
		if sum/seeds > .04 || beyond > seeds/4 {
			t.Errorf("%s: off by %.0f %% on average, by more than 7 %% in %d of %d", name, 100*sum/seeds, beyond, seeds)
		}
	}
}

// TestHostsExact: up to a thousand they are counted.
func TestHostsExact(t *testing.T) {
	for _, hosts := range []int{1, 2, 31, 200, 1000} {
		w := newWire(t, track.Config{Seed: 1})
		p := conn{alice, bob, 40000, 80, 1000, 0}.syn()
		var r *track.Report
		for range 3 {
			for n := range hosts {
				p.Dst, p.Seq, p.SrcPort = [16]byte{10, byte(n >> 8), byte(n), 1}, p.Seq+977, p.SrcPort+1
				w.send(p)
				if r == nil {
					r = w.OpenReport(w.source(alice))
				}
			}
		}
		if r.Hosts() != hosts || r.Services() != 1 {
			t.Errorf("%d hosts, %d services, of %d and 1", r.Hosts(), r.Services(), hosts)
		}
	}
}

// heap is what is in use now, in bytes.
func heap() int64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// TestMemory: all memory is taken at the start, not much more than was asked
// for, and no flood makes it grow.
func TestMemory(t *testing.T) {
	const slack = 64 << 20
	for _, size := range []int64{0, 1, track.MinMemory, 16 << 20} {
		want := max(size, track.MinMemory)
		if size == 0 {
			want = track.DefaultMemory
		}
		cfg := track.Config{Memory: size, Rows: classify.Rows()}
		before := heap()
		w := &wire{t, track.New(cfg), begin}
		start := heap()
		if got := start - before; got > want+slack || got < want/2 {
			t.Errorf("for %d bytes it takes %d", size, got)
		}
		for i := range 15_000 {
			c := conn{stranger(i), stranger(-i), 40000, uint16(i), uint32(i), 0}
			w.send(c.rawSyn(), udp(stranger(3*i), 9, stranger(7*i), uint16(i)), lone(0, stranger(5*i), stranger(11*i), 80))
			w.Changed(func(track.View) {})
			w.Floods(func(uint32, *track.Flood) {})
		}
		w.pause(time.Minute)
		if got := heap() - start; got > 1<<20 {
			t.Errorf("of %d bytes, it grew by %d", size, got)
		}
		runtime.KeepAlive(w)
	}
}

// TestTimeGoesBack: a packet with an older stamp is counted, and the time stands
// still.
func TestTimeGoesBack(t *testing.T) {
	w := newWire(t, track.Config{})
	c := conn{alice, bob, 40000, 8080, 1000, 5000}
	w.send(c.syn())
	now := w.Now()
	for _, back := range []int64{1, second, 1e6 * second, now, now - 1} {
		p := c.refusal()
		w.Observe(now-back, 0, &p)
		if w.Now() != now {
			t.Fatalf("time went back to %d", w.Now())
		}
	}
	if got := w.Counts().Backwards; got != 5 {
		t.Errorf("%d packets counted, want 5", got)
	}
	if n := w.note(alice, bob, 8080); n.Outcome != track.Refused {
		t.Errorf("the older packet was not looked at: %+v", n)
	}
	w.Advance(now) // the same time again is not back
	if got := w.Counts().Backwards; got != 5 {
		t.Errorf("%d packets counted, want 5", got)
	}
}

// TestTimeJumps: a step is counted if it is over two seconds, and settles what
// waits, however large it is.
func TestTimeJumps(t *testing.T) {
	for _, step := range []int64{second, 2 * second, 2*second + 1, 3600 * second, 10 * 365 * 86400 * second, 1<<62 - begin - second} {
		w := newWire(t, track.Config{})
		w.send(conn{alice, bob, 40000, 8080, 1000, 0}.syn())
		w.at += step
		w.send(conn{alice, "192.0.2.10", 40000, 8080, 2000, 0}.syn())
		want := uint64(0)
		if step+int64(time.Millisecond) > 2*second {
			want = 1
		}
		if got := w.Counts().Jumps; got != want {
			t.Errorf("a step of %s: %d jumps", time.Duration(step), got)
		}
		n := w.note(alice, bob, 8080)
		if settled := n.Outcome == track.Silent; settled != (step > 4*second) {
			t.Errorf("a step of %s: %+v", time.Duration(step), n)
		}
		w.pause(5 * time.Second)
		if v := w.source(alice); v.Unheard != 2 {
			t.Errorf("a step of %s: %+v", time.Duration(step), countersOf(v))
		}
	}
}

// TestTimeZero: a capture whose clock begins at zero is like any other.
func TestTimeZero(t *testing.T) {
	for _, first := range []int64{0, 1, begin} {
		w := newWire(t, track.Config{})
		w.at = first - int64(time.Millisecond)
		w.send(conn{alice, bob, 40000, 8080, 1000, 0}.syn())
		w.pause(5 * time.Second)
		if n := w.note(alice, bob, 8080); n.Outcome != track.Silent {
			t.Errorf("beginning at %d, five seconds later: outcome %d, want %d", first, n.Outcome, track.Silent)
		}
	}
}

// TestEvidenceFades: evidence of days ago counts for less, and never for more.
func TestEvidenceFades(t *testing.T) {
	had := track.Weight(math.MaxInt32)
	for _, days := range []int{0, 1, 2, 40, 4000} {
		w := newWire(t, track.Config{})
		w.refusals(alice, 10)
		w.pause(time.Duration(days) * 24 * time.Hour)
		w.pause(time.Hour)
		w.send(conn{alice, "192.0.2.200", 40000, 8080, 1000, 0}.syn())
		v := w.source(alice)
		if days > 0 && v.Score > had/2+1 && had > 1 || v.Score < 0 || v.Gross < 0 {
			t.Errorf("after %d days %d, before %d", days, v.Score, had)
		}
		had = v.Score
	}
	if had != 0 {
		t.Errorf("after years %d is left", had)
	}
}

// TestRepeatsDoNotKeepEvidence: evidence has faded, too, if the first packet
// after a long pause is of a contact that was made before.
func TestRepeatsDoNotKeepEvidence(t *testing.T) {
	w := newWire(t, track.Config{})
	w.refusals(alice, 10)
	had := w.source(alice).Score
	w.pause(40 * 24 * time.Hour)
	w.send(conn{alice, "192.0.2.1", 50000, 8080, 99, 0}.syn()) // as in refusals
	w.send(conn{alice, "192.0.2.200", 50000, 8080, 98, 0}.syn())
	if v := w.source(alice); v.Score > had/2 {
		t.Errorf("after 40 days %d is left of %d", v.Score, had)
	}
}

// TestNotOne: who sends to all, or from nowhere, is blamed for nothing.
func TestNotOne(t *testing.T) {
	w := newWire(t, track.Config{})
	broadcast := udp(alice, 137, "192.0.2.255", 137)
	broadcast.DstMAC = [6]byte{255, 255, 255, 255, 255, 255}
	list := []decode.Packet{
		udp(alice, 5353, "224.0.0.251", 5353), udp(alice, 67, "255.255.255.255", 68), udp("0.0.0.0", 68, "255.255.255.255", 67),
		udp("239.1.2.3", 1, bob, 2), udp("2001:db8::1", 5353, "ff02::fb", 5353), udp("ff02::1", 1, "2001:db8::1", 2),
		udp("::", 546, "2001:db8::1", 547), broadcast, udp("0.0.0.0", 1, bob, 2), udp(alice, 1, "0.0.0.0", 2),
	}
	w.send(list...)
	if c := w.Counts(); c.Sources != 0 || c.Contacts != 0 || int(c.NotOne) != len(list) {
		t.Errorf("%+v", c)
	}
}
