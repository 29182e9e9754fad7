package track_test

import (
	"fmt"
	"math"
	"net/netip"
	"testing"
	"time"

	"klaxon"
	"klaxon/internal/decode"
	"klaxon/internal/track"
)

const (
	alice = "198.51.100.7"
	bob   = "192.0.2.9"
)

// counters are those of a source that tell what became of its contacts.
type counters struct{ tuples, failed, unheard, succeeded, empties uint32 }

func countersOf(v track.View) counters {
	return counters{v.Tuples, v.Failed, v.Unheard, v.Succeeded, v.Empties}
}

// nats is evidence in the unit of a Weight, as a likelihood ratio.
func nats(ratio float64) int16 { return int16(math.Trunc(1000 * math.Log(ratio))) }

// outcomes of the sequential test: θ0 = 0.8 of what an honest source tries
// succeeds, θ1 = 0.2 of what a scanner does.
var (
	failure = nats(.8 / .2)
	success = nats(.2 / .8)
)

// TestOutcomes: one contact, and what becomes of it.
func TestOutcomes(t *testing.T) {
	c := conn{alice, bob, 40000, 8080, 1000, 5000}
	wrong := c.refusal()
	wrong.Ack++
	noAck := c.refusal()
	noAck.Flags, noAck.Ack = decode.RST, 0
	send := func(list ...decode.Packet) func(*wire) { return func(w *wire) { w.send(list...) } }
	both := func(a, b func(*wire)) func(*wire) { return func(w *wire) { a(w); b(w) } }
	wait := func(w *wire) { w.pause(5 * time.Second) }
	for _, tt := range []struct {
		name    string
		do      func(*wire)
		outcome track.Outcome
		weight  int16
		counts  counters
		proof   klaxon.Proof
	}{
		{"a SYN", send(c.syn()), track.Pending, 0, counters{tuples: 1}, 0},
		{"a SYN, and nearly time enough", both(send(c.syn()), func(w *wire) { w.pause(3999 * time.Millisecond) }), track.Pending, 0, counters{tuples: 1}, 0},
		{"answered", send(c.syn(), c.synAck()), track.Open, 0, counters{tuples: 1}, 0},
		{"connected", send(c.syn(), c.synAck(), c.ack()), track.Open, 0, counters{tuples: 1}, klaxon.ProofNone},
		{"connected, and goes on", both(send(c.syn(), c.synAck(), c.ack()), wait), track.Success, success, counters{tuples: 1, succeeded: 1}, klaxon.ProofNone},
		{"answered, acknowledgement not seen", both(send(c.syn(), c.synAck()), wait), track.Success, success, counters{tuples: 1, succeeded: 1}, 0},
		{"closed by the client after a request", send(c.syn(), c.synAck(), c.ack(), c.clientFin(100, 0)), track.Success, success, counters{tuples: 1, succeeded: 1}, klaxon.ProofData},
		{"closed by the client after much was heard", send(c.syn(), c.synAck(), c.ack(), c.clientFin(0, 5000)), track.Success, success, counters{tuples: 1, succeeded: 1}, klaxon.ProofData},
		{"closed by the server after an answer", send(c.syn(), c.synAck(), c.ack(), c.serverFin(5000, 1)), track.Success, success, counters{tuples: 1, succeeded: 1}, klaxon.ProofHandshake},
		{"closed by the server after a request", send(c.syn(), c.synAck(), c.ack(), c.serverFin(0, 100)), track.Success, success, counters{tuples: 1, succeeded: 1}, klaxon.ProofData},
		{"reset by the client after a request", send(c.syn(), c.synAck(), c.ack(), c.clientRst(100)), track.Success, success, counters{tuples: 1, succeeded: 1}, klaxon.ProofData},
		{"closed without a word", send(c.syn(), c.synAck(), c.ack(), c.clientFin(0, 0)), track.Empty, 0, counters{tuples: 1, empties: 1}, klaxon.ProofHandshake},
		{"closed after a greeting", send(c.syn(), c.synAck(), c.ack(), c.clientFin(0, 80)), track.Empty, 0, counters{tuples: 1, empties: 1}, klaxon.ProofHandshake},
		{"reset without a word", send(c.syn(), c.synAck(), c.ack(), c.clientRst(0)), track.Empty, 0, counters{tuples: 1, empties: 1}, klaxon.ProofHandshake},
		{"half-open, a raw stack", send(c.rawSyn(), c.synAck(), c.rawRst()), track.HalfOpen, 2 * failure, counters{tuples: 1}, 0},
		{"half-open, a kernel", send(c.syn(), c.synAck(), c.rawRst()), track.HalfOpen, 0, counters{tuples: 1}, 0},
		{"half-open, a raw stack that stays silent", both(send(c.rawSyn(), c.synAck(), c.synAck()), wait), track.HalfOpen, 2 * failure, counters{tuples: 1}, 0},
		{"refused", send(c.syn(), c.refusal()), track.Refused, failure, counters{tuples: 1, failed: 1}, 0},
		{"refused, a raw stack", send(c.rawSyn(), c.refusal()), track.Refused, 2 * failure, counters{tuples: 1, failed: 1}, 0},
		{"a refusal of another number", send(c.syn(), wrong), track.Pending, 0, counters{tuples: 1}, 0},
		{"a reset without a number", send(c.syn(), noAck), track.Refused, failure, counters{tuples: 1, failed: 1}, 0},
		{"port unreachable", send(c.syn(), unreachable("192.0.2.1", 3, c.syn())), track.Refused, failure, counters{tuples: 1, failed: 1}, 0},
		{"prohibited", send(c.syn(), unreachable("192.0.2.1", 13, c.syn())), track.Refused, failure, counters{tuples: 1, failed: 1}, 0},
		{"protocol unreachable", send(c.syn(), unreachable(bob, 2, c.syn())), track.Refused, failure, counters{tuples: 1, failed: 1}, 0},
		{"network unreachable is no refusal", send(c.syn(), unreachable("192.0.2.1", 0, c.syn())), track.Pending, 0, counters{tuples: 1}, 0},
		{"fragmentation needed is no refusal", send(c.syn(), unreachable("192.0.2.1", 4, c.syn())), track.Pending, 0, counters{tuples: 1}, 0},
		{"FIN alone", send(lone(decode.FIN, alice, bob, 8080)), track.Illegal, 2800, counters{tuples: 1}, 0},
		{"no flags", send(lone(0, alice, bob, 8080)), track.Illegal, 2800, counters{tuples: 1}, 0},
		{"FIN, PSH, URG", send(lone(decode.FIN|decode.PSH|decode.URG, alice, bob, 8080)), track.Illegal, 2800, counters{tuples: 1}, 0},
		{"a stray ACK", send(lone(decode.ACK, alice, bob, 8080)), track.Void, 0, counters{tuples: 1}, 0},
		{"a datagram refused", send(udp(alice, 5000, bob, 8080), unreachable(bob, 3, udp(alice, 5000, bob, 8080))), track.Refused, failure, counters{tuples: 1, failed: 1}, 0},
		{"a datagram answered", send(udp(alice, 5000, bob, 8080), udp(bob, 8080, alice, 5000)), track.Success, success, counters{tuples: 1, succeeded: 1}, 0},
		{"a stream of datagrams", both(func(w *wire) {
			for range 16 {
				w.send(udp(alice, 5000, bob, 8080))
			}
		}, wait), track.Void, 0, counters{tuples: 1}, 0},
		{"a refusal of another's datagram", send(udp(alice, 5000, bob, 8080), unreachable(bob, 3, udp(alice, 5001, bob, 8080))), track.Pending, 0, counters{tuples: 1}, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWire(t, track.Config{})
			tt.do(w)
			n, v := w.note(alice, bob, 8080), w.source(alice)
			if n.Outcome != tt.outcome || n.Weight != tt.weight {
				t.Errorf("outcome %d weighs %d, want %d and %d", n.Outcome, n.Weight, tt.outcome, tt.weight)
			}
			if got := countersOf(v); got != tt.counts {
				t.Errorf("counters %+v, want %+v", got, tt.counts)
			}
			if v.Proof != tt.proof {
				t.Errorf("proof %s, want %s", v.Proof, tt.proof)
			}
			if v.Score != track.Weight(tt.weight) || v.Gross != track.Weight(max(tt.weight, 0)) {
				t.Errorf("score %d, gross %d for one contact of weight %d", v.Score, v.Gross, tt.weight)
			}
		})
	}
}

// TestOutcomesIPv6: the same over IPv6, where errors have other numbers.
func TestOutcomesIPv6(t *testing.T) {
	const src, dst = "2001:db8:1::7", "2001:db8:2::9"
	c := conn{src, dst, 40000, 8080, 1000, 5000}
	for code, want := range map[uint8]track.Outcome{0: track.Pending, 1: track.Refused, 3: track.Pending, 4: track.Refused} {
		w := newWire(t, track.Config{})
		w.send(c.syn(), unreachable("2001:db8:2::1", code, c.syn()))
		if n := w.note(src, dst, 8080); n.Outcome != want || !n.V6 {
			t.Errorf("code %d: %+v", code, n)
		}
	}
	w := newWire(t, track.Config{})
	w.send(c.syn(), c.synAck(), c.ack(), c.clientFin(10, 10))
	if n := w.note(src, dst, 8080); n.Outcome != track.Success {
		t.Errorf("%+v", n)
	}
}

// TestSilence: no answer within four seconds is silence, and weighs less than a
// refusal as long as it is not known whether answers are seen at all.
func TestSilence(t *testing.T) {
	weigh := func(cfg track.Config, drops float64) int16 {
		w := newWire(t, cfg)
		w.SetDrops(drops)
		w.send(conn{alice, bob, 40000, 8080, 1000, 0}.syn())
		w.pause(4 * time.Second)
		n, v := w.note(alice, bob, 8080), w.source(alice)
		if n.Outcome != track.Silent || countersOf(v) != (counters{tuples: 1, failed: 1, unheard: 1}) {
			t.Errorf("%+v, counters %+v", n, countersOf(v))
		}
		return n.Weight
	}
	plain := weigh(track.Config{}, 0)
	if plain <= 0 || plain >= failure {
		t.Errorf("silence weighs %d, a refusal %d", plain, failure)
	}
	if got := weigh(track.Config{OneWay: true}, 0); got != failure {
		t.Errorf("where answers cannot be seen and are not expected: %d, want %d", got, failure)
	}
	half, all := weigh(track.Config{}, .5), weigh(track.Config{}, 1)
	if half <= 0 || half >= plain || all != 0 {
		t.Errorf("with half of the packets lost %d, with all of them %d", half, all)
	}
	if weigh(track.Config{}, -3) != plain || weigh(track.Config{}, 7) != 0 {
		t.Error("a share outside 0 to 1 is not forced into it")
	}
}

// TestSilenceFades: where connections succeed whose answers are never seen,
// silence comes to mean nothing; where all answers are seen it means as much as
// a refusal.
func TestSilenceFades(t *testing.T) {
	weigh := func(answered bool) int16 {
		w := newWire(t, track.Config{})
		for i := range 200 {
			c := conn{fmt.Sprintf("10.0.%d.1", i), bob, 40000, 80, 1000, 5000}
			if answered {
				w.send(c.syn(), c.synAck(), c.ack(), c.clientFin(500, 900))
			} else {
				w.send(c.syn(), c.clientFin(500, 900))
			}
		}
		w.send(conn{alice, bob, 40000, 8080, 1000, 0}.syn())
		w.pause(5 * time.Second)
		return w.note(alice, bob, 8080).Weight
	}
	if got := weigh(true); got <= failure*8/10 || got > failure {
		t.Errorf("all answers are seen: %d, a refusal is %d", got, failure)
	}
	if got := weigh(false); got < 0 || got > failure/20 {
		t.Errorf("no answer is ever seen: %d, a refusal is %d", got, failure)
	}
}

func TestDark(t *testing.T) {
	w := newWire(t, track.Config{Dark: []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24"), netip.MustParsePrefix("2001:db8:dead::/48")}})
	six := conn{"2001:db8:1::7", "2001:db8:dead::1", 40000, 80, 1000, 0}
	w.send(conn{alice, bob, 40000, 80, 1000, 0}.syn(), six.syn(), conn{alice, "192.0.3.1", 40000, 80, 1000, 0}.syn())
	w.pause(5 * time.Second)
	for _, n := range []track.Note{w.note(alice, bob, 80), w.note(six.client, six.server, 80)} {
		if n.Outcome != track.Dark || n.Weight < 2*failure {
			t.Errorf("%+v", n)
		}
	}
	if n := w.note(alice, "192.0.3.1", 80); n.Outcome != track.Silent {
		t.Errorf("beside the dark network: %+v", n)
	}
	w.send(conn{alice, bob, 40000, 80, 1000, 5000}.synAck()) // somebody lives there after all
	if n := w.note(alice, bob, 80); n.Outcome != track.Success || n.Weight >= 0 {
		t.Errorf("answered: %+v", n)
	}
}

// TestLateAnswers: what comes after silence corrects it, and everything that was
// counted.
func TestLateAnswers(t *testing.T) {
	c := conn{alice, bob, 40000, 8080, 1000, 5000}
	for _, tt := range []struct {
		name    string
		late    []decode.Packet
		outcome track.Outcome
		weight  int16
		counts  counters
	}{
		{"answered", []decode.Packet{c.synAck()}, track.Success, success, counters{tuples: 1, succeeded: 1}},
		{"answered, twice", []decode.Packet{c.synAck(), c.synAck()}, track.HalfOpen, 0, counters{tuples: 1}},
		{"answered, closed without a word", []decode.Packet{c.synAck(), c.ack(), c.clientFin(0, 0)}, track.Empty, 0, counters{tuples: 1, empties: 1}},
		{"refused", []decode.Packet{c.refusal()}, track.Refused, failure, counters{tuples: 1, failed: 1}},
		{"unreachable", []decode.Packet{unreachable("192.0.2.1", 3, c.syn())}, track.Refused, failure, counters{tuples: 1, failed: 1}},
		{"closed with data behind it, answers unseen", []decode.Packet{c.clientFin(700, 900)}, track.Success, success, counters{tuples: 1, succeeded: 1}},
		{"refused, and again", []decode.Packet{c.refusal(), c.refusal(), unreachable(bob, 3, c.syn())}, track.Refused, failure, counters{tuples: 1, failed: 1}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWire(t, track.Config{})
			w.send(c.syn())
			w.pause(5 * time.Second)
			if n := w.note(alice, bob, 8080); n.Outcome != track.Silent {
				t.Fatalf("%+v", n)
			}
			w.send(tt.late...)
			n, v := w.note(alice, bob, 8080), w.source(alice)
			if n.Outcome != tt.outcome || n.Weight != tt.weight || countersOf(v) != tt.counts {
				t.Errorf("outcome %d weighs %d, counters %+v; want %d, %d, %+v", n.Outcome, n.Weight, countersOf(v), tt.outcome, tt.weight, tt.counts)
			}
			if v.Score != track.Weight(tt.weight) || v.Gross != track.Weight(max(0, tt.weight)) {
				t.Errorf("score %d, gross %d", v.Score, v.Gross)
			}
		})
	}
	t.Run("a late datagram", func(t *testing.T) {
		w := newWire(t, track.Config{})
		w.send(udp(alice, 5000, bob, 8080))
		w.pause(10 * time.Second)
		if v := w.source(alice); v.Unheard != 1 || v.Score <= 0 {
			t.Fatalf("%+v", countersOf(v))
		}
		w.send(udp(bob, 8080, alice, 5000))
		if v := w.source(alice); countersOf(v) != (counters{tuples: 1, succeeded: 1}) || v.Gross != 0 {
			t.Errorf("%+v, gross %d", countersOf(v), v.Gross)
		}
	})
}

// TestRepeats: a retransmission is nothing, another attempt at the same service
// is no new contact, and attempts at a steady pace are a poller's.
func TestRepeats(t *testing.T) {
	c := conn{alice, bob, 40000, 8080, 1000, 5000}
	other := conn{alice, bob, 40001, 8080, 2000, 6000}
	w := newWire(t, track.Config{})
	w.send(c.syn(), c.syn(), c.syn())
	if v := w.source(alice); v.Tuples != 1 || v.Repeats != 0 {
		t.Errorf("retransmissions: %d contacts, %d repeated", v.Tuples, v.Repeats)
	}
	w.send(other.syn())
	if v := w.source(alice); v.Tuples != 1 || v.Repeats != 0 {
		t.Errorf("another attempt: %d contacts, %d repeated", v.Tuples, v.Repeats)
	}
	w.send(c.refusal()) // of the attempt before: it is over
	if n := w.note(alice, bob, 8080); n.Outcome != track.Pending {
		t.Errorf("a refusal of the attempt before settles this one: %+v", n)
	}
	w.send(other.refusal(), conn{alice, bob, 40002, 8080, 3000, 0}.syn())
	if v := w.source(alice); v.Tuples != 1 || v.Repeats != 0 || v.Failed != 1 {
		t.Errorf("%d contacts, %d repeated, %d failed", v.Tuples, v.Repeats, v.Failed)
	}
	w = newWire(t, track.Config{})
	for range 300 {
		w.send(udp(alice, 5000, bob, 8080))
	}
	if v := w.source(alice); v.Tuples != 1 || v.Repeats != 0 {
		t.Errorf("a stream: %d contacts, %d repeated", v.Tuples, v.Repeats)
	}
}

// TestPace: only what comes at the pace of the time before is counted.
func TestPace(t *testing.T) {
	for _, tt := range []struct {
		name   string
		pauses []int // seconds
		want   uint32
	}{
		{"steady", []int{10, 10, 10, 10}, 3},
		{"nearly", []int{10, 11, 9, 10}, 3},
		{"ever slower", []int{3, 6, 12, 24}, 0},
		{"at once", []int{0, 0, 0, 0}, 0},
	} {
		w := newWire(t, track.Config{})
		for i, p := range append(tt.pauses, 0) {
			w.send(conn{alice, bob, uint16(40000 + i), 8080, uint32(1000 * i), 0}.syn())
			w.pause(time.Duration(p) * time.Second)
		}
		if v := w.source(alice); v.Repeats != tt.want || v.Tuples != 1 {
			t.Errorf("%s: %d repeated, want %d", tt.name, v.Repeats, tt.want)
		}
	}
}

// TestRunLength: how many contacts it takes until evidence establishes a scan.
func TestRunLength(t *testing.T) {
	for _, tt := range []struct {
		name string
		want int
		send func(w *wire, c conn)
	}{
		{"refusals", 10, func(w *wire, c conn) { w.send(c.syn(), c.refusal()) }},
		{"silence, of answers that may not be seen", 28, func(w *wire, c conn) { w.send(c.syn()); w.pause(5 * time.Second) }},
		{"illegal flags", 5, func(w *wire, c conn) { w.send(lone(decode.FIN, c.client, c.server, c.sport)) }},
		{"dark addresses", 5, func(w *wire, c conn) {
			c.server = fmt.Sprintf("203.0.113.%d", c.sport)
			w.send(c.syn())
			w.pause(5 * time.Second)
		}},
	} {
		w := newWire(t, track.Config{Dark: []netip.Prefix{netip.MustParsePrefix("203.0.113.0/24")}})
		for n := 1; n <= tt.want+2; n++ {
			tt.send(w, conn{alice, fmt.Sprintf("192.0.2.%d", n), 40000 + uint16(n), uint16(n), uint32(n * 977), 0})
			if v := w.source(alice); (v.Score >= track.Threshold) != (n >= tt.want) {
				t.Errorf("%s: evidence of %d after %d contacts, wanted %d from the %dth on", tt.name, v.Score, n, track.Threshold, tt.want)
			}
			w.Changed(func(track.View) {})
		}
	}
}

// TestChanged: a source is told once for its evidence, not for each packet.
func TestChanged(t *testing.T) {
	w := newWire(t, track.Config{})
	told := 0
	for n := range 9 {
		c := conn{alice, fmt.Sprintf("192.0.2.%d", n+1), 40000, 80, uint32(n) * 977, 0}
		w.send(c.syn(), c.refusal())
		w.Changed(func(v track.View) {
			if told++; v.Score < track.Suspicion {
				t.Errorf("told with evidence of %d, which makes no suspect", v.Score)
			}
		})
	}
	if told < 1 || told > 3 {
		t.Errorf("a suspect is told %d times before the threshold", told)
	}
	for n := range 200 {
		c := conn{alice, fmt.Sprintf("192.0.3.%d", n+1), 40000, 80, uint32(n) * 977, 0}
		w.send(c.syn(), c.refusal())
		w.Changed(func(v track.View) {
			if v.Addr != ip(alice) {
				t.Errorf("told of %v", v.Addr)
			}
			told++
		})
	}
	if told < 1 || told > 100 {
		t.Errorf("told %d times for 200 refusals", told)
	}
	w.Changed(func(track.View) { t.Error("told again without anything new") })
}

// TestFloorIsNoEvidence: however often what was thought a success is corrected,
// a source has no more evidence against it than its contacts add up to.
func TestFloorIsNoEvidence(t *testing.T) {
	w := newWire(t, track.Config{})
	const n = 20
	list := make([]conn, n)
	for i := range list {
		list[i] = conn{alice, fmt.Sprintf("192.0.2.%d", i+1), 40000 + uint16(i), 8080, uint32(i) * 977, 5000}
		w.send(list[i].syn(), list[i].synAck(), list[i].ack())
	}
	w.pause(10 * time.Second) // idle connections, as of a pool or a browser that connects ahead
	if v := w.source(alice); v.Succeeded != n || v.Score >= 0 {
		t.Fatalf("%+v, score %d", countersOf(v), v.Score)
	}
	for _, c := range list {
		w.send(c.clientFin(0, 0))
	}
	v := w.source(alice)
	var sum, positive track.Weight
	for _, note := range v.Notes {
		sum += track.Weight(note.Weight)
		positive += max(0, track.Weight(note.Weight))
	}
	if v.Empties != n {
		t.Fatalf("%+v", countersOf(v))
	}
	if v.Score > positive || v.Gross != positive {
		t.Errorf("score %d, gross %d; the weights of all contacts add up to %d, those above zero to %d", v.Score, v.Gross, sum, positive)
	}
}
