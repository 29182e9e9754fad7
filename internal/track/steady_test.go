package track_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"klaxon/internal/decode"
	"klaxon/internal/track"
)

// timed is a packet with its time.
type timed struct {
	at int64
	p  decode.Packet
}

// mixed makes a stream of everything: connections of all endings, scans, lone
// segments, datagrams, errors, queries, neighbours, fragments.
func mixed(seed uint64, n int, gap time.Duration) (list []timed) {
	r := rand.New(rand.NewPCG(seed, 5))
	at := begin
	host := func() string { return fmt.Sprintf("10.%d.0.%d", r.IntN(3), 1+r.IntN(12)) }
	six := func() string { return fmt.Sprintf("2001:db8:%d::%d", r.IntN(3), 1+r.IntN(4)) }
	var open []conn
	for len(list) < n {
		a, b := host(), host()
		if r.IntN(4) == 0 {
			a, b = six(), six()
		}
		port := uint16([]int{22, 53, 80, 443, 512, 8080, 33500, 40000}[r.IntN(8)])
		var p decode.Packet
		switch k := r.IntN(24); {
		case k < 8 && len(open) > 0:
			c := open[r.IntN(len(open))]
			p = []func() decode.Packet{c.synAck, c.ack, c.rawRst, c.refusal, c.syn, c.rawSyn,
				func() decode.Packet { return c.clientFin(uint32(r.IntN(3))*100, uint32(r.IntN(3))*300) },
				func() decode.Packet { return c.serverFin(uint32(r.IntN(3))*300, uint32(r.IntN(3))*100) },
				func() decode.Packet { return c.clientRst(uint32(r.IntN(2)) * 50) },
				func() decode.Packet { return unreachable(c.server, uint8(r.IntN(5)), c.syn()) },
			}[r.IntN(10)]()
		case k < 13:
			c := conn{a, b, 30000 + uint16(r.IntN(20)), port, r.Uint32(), r.Uint32()}
			open = append(open[max(0, len(open)-30):], c)
			p = c.syn()
			if k == 12 {
				p = c.rawSyn()
			}
		case k < 15:
			p = udp(a, 30000+uint16(r.IntN(5)), b, port)
		case k < 16:
			p = udp(b, port, a, 30000+uint16(r.IntN(5)))
		case k < 19:
			p = lone(decode.Flags(r.IntN(64)), a, b, port)
		default:
			p = query(r, a, b)
		}
		at += r.Int64N(2 * int64(gap))
		list = append(list, timed{at, p})
	}
	return list
}

// query is a packet without ports.
func query(r *rand.Rand, a, b string) decode.Packet {
	p := udp(a, 0, b, 0)
	switch r.IntN(6) {
	case 0:
		p.Kind, p.Proto, p.ICMPType, p.ICMPID = decode.KindICMP, 1, []uint8{0, 8, 13, 14, 17, 18, 11}[r.IntN(7)], uint16(r.IntN(9))
		if p.V6 {
			p.Kind, p.Proto, p.ICMPType = decode.KindICMPv6, 58, []uint8{128, 129, 134, 3}[r.IntN(4)]
		}
	case 1:
		p.Kind, p.ARPOp, p.ARPSender = decode.KindARP, uint16(1+r.IntN(2)), [6]byte{2, 0, 0, 0, 0, byte(r.IntN(5))}
		if p.V6 {
			p.Kind, p.Proto, p.ICMPType, p.NDTarget = decode.KindICMPv6, 58, uint8(135+r.IntN(2)), ip(b)
		}
	case 2:
		p.Kind, p.Proto = decode.KindIP, uint8(r.IntN(256))
	case 3:
		p.Kind, p.Proto, p.SCTPChunk, p.SrcPort, p.DstPort = decode.KindSCTP, 132, []uint8{1, 2, 6, 10, 11, 0}[r.IntN(6)], 9, uint16(r.IntN(4))
	case 4:
		p.Kind, p.Proto, p.FragOffset, p.Fragmented, p.ID, p.Flags = decode.KindFragment, 6, 8, true, uint32(r.IntN(4)), decode.SYN
	case 5:
		p.Kind, p.Proto, p.MF, p.Fragmented, p.Partial, p.ID, p.DstPort = decode.KindTCP, 6, true, true, true, uint32(r.IntN(4)), 80
	}
	return p
}

// state is all that is known of all sources.
func (w *wire) state() (list []string) {
	w.each(func(v track.View) {
		s := *v.Source
		notes := []string{}
		for _, n := range v.Notes {
			if n.At != 0 {
				notes = append(notes, fmt.Sprintf("%x:%d m%d o%d w%d raw%v at %d", n.Dst, n.Port, n.Method, n.Outcome, n.Weight, n.Raw, n.At-begin))
			}
		}
		slices.Sort(notes)
		list = append(list, fmt.Sprintf("%x v6 %v: first %d last %d methods %#x score %d gross %d tuples %d asked %d failed %d unheard %d ok %d empty %d repeats %d returned %d proof %s hits %v os %#x\n  %q",
			s.Addr, s.V6, s.First-begin, s.Last-begin, s.Methods, s.Score, s.Gross, s.Tuples, s.Asked, s.Failed, s.Unheard, s.Succeeded, s.Empties, s.Repeats, s.Returned, s.Proof, v.Keys.Hits, v.Keys.OS, notes))
	})
	slices.Sort(list)
	return list
}

// finish lets everything that waits be settled.
func (w *wire) finish() {
	w.Advance(w.LastDue())
	w.Advance(w.Now() + 5*second)
}

func differ(a, b []string) string {
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			return fmt.Sprintf("\n%s\n%s", a[i], b[i])
		}
	}
	return fmt.Sprintf("%d sources and %d", len(a), len(b))
}

// TestAdvanceChangesNothing: what is known after a stream of packets does not
// depend on how often somebody said in between that time passed.
func TestAdvanceChangesNothing(t *testing.T) {
	for seed := range uint64(12) {
		gap := []time.Duration{time.Millisecond, 100 * time.Millisecond, time.Second, 20 * time.Second}[seed%4]
		list := mixed(seed, 1500, gap)
		how := map[string]func(w *wire, from, to int64){
			"never": func(*wire, int64, int64) {},
			"at every step": func(w *wire, from, to int64) {
				for i := range int64(8) {
					w.Advance(from + (to-from)/8*i)
				}
			},
			"when something is due": func(w *wire, from, to int64) {
				for w.Due() <= to {
					w.Advance(w.Due())
				}
			},
			"sometimes": func(w *wire, from, to int64) {
				if from%3 == 0 && to > from {
					w.Advance(from + (to-from)*(from%1000)/1000)
				}
			},
		}
		var want []string
		for _, name := range []string{"never", "at every step", "when something is due", "sometimes"} {
			w := newWire(t, track.Config{Seed: 9})
			last := list[0].at
			for i := range list {
				how[name](w, last, list[i].at)
				w.Observe(list[i].at, 0, &list[i].p)
				last = list[i].at
			}
			w.finish()
			got := w.state()
			if want == nil {
				want = got
			}
			if !slices.Equal(got, want) {
				t.Fatalf("seed %d, a packet each %s: told of time %s:%s", seed, gap, name, differ(want, got))
			}
		}
	}
}

// TestSeedChangesNothing: as long as nothing is evicted, the secret of the hash
// tells on nothing.
func TestSeedChangesNothing(t *testing.T) {
	list := mixed(77, 3000, 50*time.Millisecond)
	var want []string
	for seed := range uint64(6) {
		w := newWire(t, track.Config{Seed: seed * 0x9e3779b97f4a7c15, Memory: 64 << 20})
		for i := range list {
			w.Observe(list[i].at, 0, &list[i].p)
		}
		w.finish()
		if c := w.Counts(); c.ContactsEvicted+c.SourcesEvicted != 0 {
			t.Fatalf("the stream is too long for the tables: %+v", c)
		}
		got := w.state()
		if want == nil {
			want = got
		}
		if !slices.Equal(got, want) {
			t.Fatalf("seed %d:%s", seed, differ(want, got))
		}
	}
}

// TestNoAllocation: nothing is allocated for a packet of any kind, nor for what
// becomes of it.
func TestNoAllocation(t *testing.T) {
	for name, gap := range map[string]time.Duration{"dense": time.Microsecond, "sparse": 3 * time.Second} {
		w := newWire(t, track.Config{})
		list := mixed(1, 5000, gap)
		span := list[len(list)-1].at - begin + second
		run := func() {
			for i := range list {
				w.Observe(list[i].at, 0, &list[i].p)
				list[i].at += span
				w.Changed(func(track.View) {})
				w.Floods(func(uint32, *track.Flood) {})
			}
		}
		if n := testing.AllocsPerRun(5, run); n != 0 {
			t.Errorf("%s: %v allocations for %d packets", name, n, len(list))
		}
	}
}

// TestInvariants holds what must be true of every source after any stream.
func TestInvariants(t *testing.T) {
	for seed := range uint64(16) {
		w := newWire(t, track.Config{Seed: seed})
		list := mixed(1000+seed, 1200, time.Duration(1+seed*seed)*time.Millisecond)
		for i := range list {
			w.Observe(list[i].at, 0, &list[i].p)
			if i%100 == 0 {
				w.holds()
			}
		}
		w.finish()
		w.holds()
		w.settled()
	}
}

// lowest is the floor of the walk: no number of successes buys more credit than
// about three failures take away.
const lowest = -4600

// holds checks what is true at any time.
func (w *wire) holds() {
	w.t.Helper()
	c := w.Counts()
	if c.ContactsEvicted > c.Contacts || c.SourcesEvicted > c.Sources {
		w.t.Fatalf("counts %+v", c)
	}
	w.each(func(v track.View) {
		all := v.Tuples + v.Asked
		switch {
		case v.Score < lowest || v.Gross < 0:
			w.t.Fatalf("score %d, gross %d", v.Score, v.Gross)
		case v.Unheard > v.Failed || v.Failed > all || v.Succeeded > all || v.Empties > all || v.Failed+v.Succeeded+v.Empties > all:
			w.t.Fatalf("counters %+v, %d asked", countersOf(v), v.Asked)
		case v.First > v.Last || v.Last > w.Now():
			w.t.Fatalf("first %d, last %d, now %d", v.First, v.Last, w.Now())
		case len(v.Notes) > 64:
			w.t.Fatalf("%d notes", len(v.Notes))
		case c.ContactsEvicted == 0 && v.Report == nil && all <= 64 && all > 0:
			w.adds(v)
		}
	})
}

// adds checks that the counters are those of the contacts.
func (w *wire) adds(v track.View) {
	w.t.Helper()
	var got counters
	got.tuples = v.Tuples
	var gross track.Weight
	for _, n := range v.Notes {
		switch n.Outcome {
		case track.Refused:
			got.failed++
		case track.Silent, track.Dark:
			got.failed++
			got.unheard++
		case track.Success:
			// A neighbour that is found is no success.
			if n.Method != track.MethodARP && n.Method != track.MethodND {
				got.succeeded++
			}
		case track.Empty:
			got.empties++
		}
		gross += max(0, track.Weight(n.Weight))
	}
	if got != countersOf(v) {
		w.t.Fatalf("counters %+v, the contacts say %+v", countersOf(v), got)
	}
	if v.Gross != gross && v.Last-v.First < 24*3600*second {
		w.t.Fatalf("gross %d, the contacts add up to %d", v.Gross, gross)
	}
}

// settled checks that nothing waits any more.
func (w *wire) settled() {
	w.t.Helper()
	if w.Due() < w.Now() {
		w.t.Fatalf("due at %d, now %d", w.Due(), w.Now())
	}
	if w.Counts().ContactsEvicted > 0 {
		return // what was evicted is settled no more
	}
	w.each(func(v track.View) {
		for _, n := range v.Notes {
			if n.Outcome == track.Pending || n.Outcome == track.Open {
				w.t.Fatalf("a contact of %d s ago still waits: %+v", (w.Now()-n.At)/second, n)
			}
		}
	})
}
