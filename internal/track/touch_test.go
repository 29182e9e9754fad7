package track_test

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"testing"
	"time"

	"klaxon"
	"klaxon/internal/decode"
	"klaxon/internal/track"
)

const house = "192.0.2.10" // the host with the traps

// newHouse is a tracker in front of a host with three traps.
func newHouse(t testing.TB) *wire {
	w := newWire(t, track.Config{Seed: 3})
	w.SetTraps([]klaxon.Port{{Transport: klaxon.TCP, Number: 23}, {Transport: klaxon.UDP, Number: 69}, {Transport: klaxon.TCP, Number: 512}}, 0)
	w.SetLocal([]netip.Addr{netip.MustParseAddr(house)})
	return w
}

// touchOf is what a trap tells of a packet.
func touchOf(p decode.Packet) *klaxon.Touch {
	x := &klaxon.Touch{Transport: klaxon.TCP, Proof: klaxon.ProofHandshake,
		Source: klaxon.Endpoint{Addr: address(p.V6, p.Src), Port: p.SrcPort}, Target: klaxon.Endpoint{Addr: address(p.V6, p.Dst), Port: p.DstPort}}
	if p.Kind == decode.KindUDP {
		x.Transport, x.Proof = klaxon.UDP, klaxon.ProofNone
	}
	return x
}

func address(v6 bool, a [16]byte) netip.Addr {
	if v6 {
		return netip.AddrFrom16(a)
	}
	return netip.AddrFrom4([4]byte(a[:4]))
}

// touch lets a trap tell of a packet.
func (w *wire) touch(p decode.Packet) {
	w.at += int64(time.Millisecond)
	w.Touch(w.at, touchOf(p))
}

// states are those of the traps, in order.
func (w *wire) states() (list []track.TrapState) {
	traps := w.Traps()
	for i := range traps {
		list = append(list, traps[i].State())
	}
	return list
}

// TestTrapWeighsAsRefusal: whatever becomes of a contact with a trap, it weighs as
// a refusal does, and is no success.
func TestTrapWeighsAsRefusal(t *testing.T) {
	c := conn{alice, house, 40000, 23, 1000, 7000}
	for name, packets := range map[string][]decode.Packet{
		"unanswered":         {c.syn()},
		"refused":            {c.syn(), c.refusal()},
		"half-open":          {c.syn(), c.synAck(), c.rawRst()},
		"never finished":     {c.syn(), c.synAck()},
		"closed in silence":  {c.syn(), c.synAck(), c.ack(), c.clientFin(0, 0)},
		"with data":          {c.syn(), c.synAck(), c.ack(), c.clientFin(500, 0), c.serverFin(9000, 500)},
		"answers are unseen": {c.syn(), c.clientFin(500, 9000)},
		"sent again":         {c.syn(), c.syn(), c.synAck(), c.synAck()},
	} {
		w := newHouse(t)
		w.send(packets...)
		w.pause(time.Minute)
		v := w.source(alice)
		if v.Score != 1386 || v.Gross != 1386 || v.Succeeded != 0 || v.Failed != 0 || v.Empties != 0 || v.Traps != 1 || v.Tuples != 1 {
			t.Errorf("%s: score %d, gross %d, %+v, %d traps", name, v.Score, v.Gross, countersOf(v), v.Traps)
		}
		if n := w.note(alice, house, 23); !n.Trap || n.Outcome != track.Trapped && n.Outcome != track.HalfOpen {
			t.Errorf("%s: outcome %d, trap %v", name, n.Outcome, n.Trap)
		}
	}
}

// TestOtherPortsAreNoTraps: the same port of another host is none, nor another
// port of this one, nor the same number of another transport.
func TestOtherPortsAreNoTraps(t *testing.T) {
	w := newHouse(t)
	for i, c := range []conn{{alice, "192.0.2.11", 40000, 23, 1000, 7000}, {alice, house, 40001, 24, 2000, 8000}, {alice, house, 40002, 69, 3000, 9000}} {
		w.send(c.syn(), c.synAck(), c.ack(), c.clientFin(300, 900))
		if v := w.source(alice); v.Traps != 0 || int(v.Succeeded) != i+1 || v.Touches != 0 {
			t.Errorf("%s:%d: %d traps, %d successes, %d touches", c.server, c.sport, v.Traps, v.Succeeded, v.Touches)
		}
	}
	w.send(udp(alice, 4000, house, 23))
	if v := w.source(alice); v.Traps != 0 {
		t.Error("tcp/23 is a trap, udp/23 is none")
	}
}

// TestTouchJoins: a touch and the packets of its connection are one contact, in
// whichever order they come.
func TestTouchJoins(t *testing.T) {
	c := conn{alice, house, 40000, 23, 1000, 7000}
	d := udp(alice, 5000, house, 69)
	for name, story := range map[string]func(*wire){
		"wire, then touch": func(w *wire) { w.send(c.syn(), c.synAck(), c.ack()); w.touch(c.syn()); w.send(c.clientFin(3, 0)) },
		"touch, then wire": func(w *wire) { w.touch(c.syn()); w.send(c.syn(), c.synAck(), c.ack(), c.clientFin(3, 0)) },
		"touch between":    func(w *wire) { w.send(c.syn()); w.touch(c.syn()); w.send(c.synAck(), c.ack()) },
		"ident took its time": func(w *wire) {
			w.send(c.syn(), c.synAck(), c.ack(), c.clientFin(0, 0))
			w.pause(3500 * time.Millisecond)
			w.touch(c.syn())
		},
		"touch alone":           func(w *wire) { w.touch(c.syn()) },
		"datagram, then touch":  func(w *wire) { w.send(d); w.touch(d) },
		"touch, then datagram":  func(w *wire) { w.touch(d); w.send(d) },
		"touch of the datagram": func(w *wire) { w.touch(d) },
	} {
		w := newHouse(t)
		story(w)
		w.pause(time.Minute)
		v := w.source(alice)
		if v.Tuples != 1 || v.Touches != 1 || v.Traps != 1 || v.Gross != 1386 || v.Repeats != 0 || w.Counts().Contacts != 1 {
			t.Errorf("%s: %d contacts, %d touches, %d traps, gross %d, %d repeats", name, v.Tuples, v.Touches, v.Traps, v.Gross, v.Repeats)
		}
		if v.Touched.Port != 23 && v.Touched.Port != 69 || !v.Touched.Trap {
			t.Errorf("%s: touched %+v", name, v.Touched)
		}
	}
}

// TestTouchProves: the handshake that a trap finished proves an address, a
// datagram does not, nor what a stranger on this host says.
func TestTouchProves(t *testing.T) {
	c := conn{alice, house, 40000, 23, 1000, 7000}
	w := newHouse(t)
	w.touch(c.syn())
	if v := w.source(alice); v.Proof != klaxon.ProofHandshake {
		t.Errorf("proof %s of a connection", v.Proof)
	}
	w.touch(udp(bob, 5000, house, 69))
	if v := w.source(bob); v.Proof != klaxon.ProofNone {
		t.Errorf("proof %s of a datagram", v.Proof)
	}
	x := touchOf(conn{carol, house, 40000, 512, 1000, 7000}.syn())
	x.Proof, x.Marks = klaxon.ProofNone, []klaxon.Mark{klaxon.MarkRelayed}
	w.Touch(w.at, x)
	if v := w.source(carol); v.Gross != 0 || v.Traps != 0 || v.Touches != 1 || v.Marks != track.TouchRelayed {
		t.Errorf("hearsay: gross %d, %d traps, %d touches, marks %b", v.Gross, v.Traps, v.Touches, v.Marks)
	}
	if got, want := w.states(), []track.TrapState{track.TrapTouched, track.TrapTouched, track.TrapUnseen}; !slices.Equal(got, want) {
		t.Errorf("states %v, want %v", got, want)
	}
}

const carol = "198.51.100.77"

// knocks sends SYNs for traps, and lets these tell of them.
func (w *wire) knocks(told bool, list ...conn) {
	for _, c := range list {
		w.send(c.syn())
		if told {
			w.touch(c.syn())
		}
	}
}

// next is another connection of the same kernel to the same service.
func (c conn) next() conn {
	c.cport, c.isn, c.peer = c.cport+1, c.isn+70_000, c.peer+90_000
	return c
}

// TestTrapStates: a trap is shielded when probes of three sources, or of one
// neighbour, never reach it, and is not when one does.
func TestTrapStates(t *testing.T) {
	probe := func(n int) conn { return conn{stranger(n), house, 40000, 23, uint32(n), 900} }
	for _, tt := range []struct {
		name  string
		story func(*wire)
		want  track.TrapState
	}{
		{"nothing", func(*wire) {}, track.TrapUnseen},
		{"one probe", func(w *wire) { w.send(probe(1).syn()) }, track.TrapProbed},
		{"one source often", func(w *wire) {
			for range 9 {
				w.send(probe(1).syn())
				w.pause(10 * time.Second)
			}
		}, track.TrapProbed},
		{"two sources", func(w *wire) { w.send(probe(1).syn(), probe(2).syn()) }, track.TrapProbed},
		{"three sources", func(w *wire) { w.send(probe(1).syn(), probe(2).syn(), probe(3).syn()) }, track.TrapShielded},
		{"refused by a firewall", func(w *wire) {
			for n := range 3 {
				w.send(probe(n).syn(), probe(n).refusal())
			}
		}, track.TrapShielded},
		{"a neighbour", func(w *wire) {
			w.send(conn{"192.0.2.77", house, 40000, 23, 5, 900}.syn())
		}, track.TrapShielded},
		{"half-open", func(w *wire) {
			w.send(probe(1).syn(), probe(1).synAck(), probe(1).rawRst(), probe(2).syn(), probe(2).synAck(), probe(3).syn())
		}, track.TrapTouched},
		{"touched", func(w *wire) { w.touch(probe(1).syn()) }, track.TrapTouched},
		{"touched at last", func(w *wire) {
			w.send(probe(1).syn(), probe(2).syn(), probe(3).syn())
			w.pause(time.Minute)
			w.touch(probe(4).syn())
		}, track.TrapTouched},
		{"shielded since", func(w *wire) {
			w.touch(probe(4).syn())
			w.send(probe(1).syn(), probe(2).syn(), probe(3).syn())
		}, track.TrapShielded},
		{"shielded since, for those who know it", func(w *wire) {
			w.knocks(true, probe(1), probe(2), probe(3))
			w.pause(time.Hour)
			w.knocks(false, probe(1).next(), probe(2).next(), probe(3).next())
		}, track.TrapShielded},
		{"shielded since, for a neighbour who polls it", func(w *wire) {
			c := conn{"192.0.2.77", house, 40000, 23, 5, 900}
			for i := range 12 {
				w.knocks(i < 9, c)
				w.pause(time.Minute)
				c = c.next()
			}
		}, track.TrapShielded},
		{"touched by those who know it", func(w *wire) {
			for range 3 {
				c := probe(4)
				for range 9 {
					w.knocks(true, c)
					w.pause(time.Minute)
					c = c.next()
				}
			}
		}, track.TrapTouched},
		{"touched at once, and late", func(w *wire) {
			c := conn{"192.0.2.77", house, 40000, 23, 5, 900}
			w.knocks(true, c)
			w.pause(time.Minute)
			w.touch(c.next().syn()) // before its packet is read
			w.send(c.next().syn())
			w.pause(time.Minute)
			w.send(c.next().next().syn())
			w.pause(7 * time.Second) // an ident query may take its time
			w.touch(c.next().next().syn())
		}, track.TrapTouched},
		{"half-open by one who knows it", func(w *wire) {
			c := conn{"192.0.2.77", house, 40000, 23, 5, 900}
			w.knocks(true, c)
			w.pause(time.Minute)
			w.send(c.next().syn(), c.next().synAck(), c.next().rawRst())
		}, track.TrapTouched},
	} {
		w := newHouse(t)
		w.SetConnected([]netip.Prefix{netip.MustParsePrefix("192.0.2.10/24")})
		w.Advance(begin)
		tt.story(w)
		w.pause(time.Minute)
		if got := w.states(); got[0] != tt.want || got[1] != track.TrapUnseen {
			t.Errorf("%s: %v, want %s for the first alone; %+v", tt.name, got, tt.want, w.Traps()[0])
		}
	}
}

// TestSetTrapsAgain: a reload keeps what is known of the traps that stay.
func TestSetTrapsAgain(t *testing.T) {
	w := newHouse(t)
	w.touch(conn{alice, house, 40000, 512, 1000, 7000}.syn())
	w.SetTraps([]klaxon.Port{{Transport: klaxon.TCP, Number: 512}, {Transport: klaxon.TCP, Number: 512}, {Transport: klaxon.TCP, Number: 79}, {Transport: klaxon.SCTP, Number: 9}}, 0)
	traps := w.Traps()
	if len(traps) != 2 || traps[0].Touches != 1 || traps[0].Number != 512 || traps[1].State() != track.TrapUnseen {
		t.Errorf("%+v", traps)
	}
	c := conn{bob, house, 40000, 23, 1000, 7000}
	w.send(c.syn(), c.synAck(), c.ack(), c.clientFin(300, 900))
	if v := w.source(bob); v.Traps != 0 || v.Succeeded != 1 {
		t.Error("tcp/23 is a trap still")
	}
}

// TestOddTouches: what no watcher yields is counted, and nothing more.
func TestOddTouches(t *testing.T) {
	w := newHouse(t)
	good := touchOf(conn{alice, house, 40000, 23, 1000, 7000}.syn())
	for name, spoil := range map[string]func(*klaxon.Touch){
		"no source":       func(x *klaxon.Touch) { x.Source.Addr = netip.Addr{} },
		"no target":       func(x *klaxon.Touch) { x.Target.Addr = netip.Addr{} },
		"two families":    func(x *klaxon.Touch) { x.Target.Addr = netip.MustParseAddr("2001:db8::1") },
		"no transport":    func(x *klaxon.Touch) { x.Transport = 0 },
		"another one":     func(x *klaxon.Touch) { x.Transport = klaxon.SCTP },
		"from everywhere": func(x *klaxon.Touch) { x.Source.Addr = netip.MustParseAddr("255.255.255.255") },
		"from nowhere":    func(x *klaxon.Touch) { x.Source.Addr = netip.MustParseAddr("0.0.0.0") },
	} {
		x := *good
		spoil(&x)
		before := w.Counts()
		w.Touch(w.at, &x)
		if c := w.Counts(); c.NotOne != before.NotOne+1 || c.Touches != 0 || c.Sources != 0 {
			t.Errorf("%s: %+v", name, c)
		}
	}
	mapped := *good
	mapped.Source.Addr, mapped.Target.Addr = netip.MustParseAddr("::ffff:"+alice), netip.MustParseAddr("::ffff:"+house)
	w.Touch(w.at, &mapped)
	w.Touch(w.at, good)
	if c := w.Counts(); c.Touches != 2 || c.Sources != 1 || c.Contacts != 1 {
		t.Errorf("mapped and not: %+v", c)
	}
}

// TestForgedTouches: a million datagrams with forged addresses, with and without
// a wire, allocate nothing, are told as a flood, and push out no evidence.
func TestForgedTouches(t *testing.T) {
	const forged = 1_000_000
	for _, wired := range []bool{false, true} {
		t.Run(fmt.Sprintf("wire=%v", wired), func(t *testing.T) {
			w := newHouse(t)
			if wired {
				w.refusals(alice, 10)
			} else {
				for i := range 12 {
					w.touch(conn{alice, house, uint16(40000 + i), uint16(1000 + i), 1, 2}.syn())
				}
			}
			before := w.source(alice)
			index, life, score := before.Index, before.Life, before.Score
			x, p := touchOf(udp(stranger(0), 5000, house, 69)), udp(stranger(0), 5000, house, 69)
			n, floods := 0, 0
			one := func() {
				a := netip.AddrFrom4([4]byte{20, byte(n >> 16), byte(n >> 8), byte(n)})
				n++
				w.at += int64(10 * time.Microsecond)
				if wired {
					four := a.As4()
					copy(p.Src[:], four[:])
					w.Observe(w.at, 0, &p)
				}
				x.Source.Addr = a
				w.Touch(w.at, x)
				w.Changed(func(track.View) {})
				w.Floods(func(uint32, *track.Flood) { floods++ })
			}
			if a := testing.AllocsPerRun(forged-1, one); a != 0 {
				t.Errorf("%v allocations for each", a)
			}
			if v, ok := w.View(index, life); !ok || v.Score != score {
				t.Error("who had evidence is gone")
			}
			c := w.Counts()
			if floods != 1 || c.Touches < forged || c.Contacts > 20_000 {
				t.Errorf("%d floods, %+v", floods, c)
			}
		})
	}
}

// TestTouchesAmongEverything: what holds for every source after any stream holds
// with traps and touches in it, and time that passes in between changes nothing.
func TestTouchesAmongEverything(t *testing.T) {
	for seed := range uint64(12) {
		gap := time.Duration(1+seed*seed*seed) * time.Millisecond
		list := mixed(2000+seed, 1500, gap)
		var want []string
		for _, steps := range []int64{1, 7} {
			w := newWire(t, track.Config{Seed: seed})
			w.SetTraps([]klaxon.Port{{Transport: klaxon.TCP, Number: 22}, {Transport: klaxon.TCP, Number: 512}, {Transport: klaxon.UDP, Number: 53}, {Transport: klaxon.UDP, Number: 512}}, 0)
			w.SetLocal([]netip.Addr{netip.MustParseAddr("10.0.0.1"), netip.MustParseAddr("10.1.0.2"), netip.MustParseAddr("2001:db8:1::2")})
			r := rand.New(rand.NewPCG(seed, 9))
			last := list[0].at
			for i := range list {
				at, p := list[i].at, list[i].p
				for n := range steps - 1 {
					w.Advance(last + (at-last)*n/steps)
				}
				last = at
				before := r.IntN(2) == 0
				touched := r.IntN(3) == 0 && (p.Kind == decode.KindUDP || p.Kind == decode.KindTCP && p.Flags == decode.SYN)
				if touched && before {
					w.Touch(at, touchOf(p))
				}
				w.Observe(at, 0, &p)
				if touched && !before {
					w.Touch(at, touchOf(p))
				}
				if i%100 == 0 {
					w.holds()
				}
			}
			w.Advance(w.LastDue())
			w.finish()
			w.holds()
			w.settled()
			got := w.state()
			if want == nil {
				want = got
			}
			if !slices.Equal(got, want) {
				t.Fatalf("seed %d: %d steps between packets:%s", seed, steps, differ(want, got))
			}
		}
	}
}
