package track_test

import (
	"fmt"
	"testing"
	"time"

	"klaxon/internal/decode"
	"klaxon/internal/track"
)

// talks lets a client of its own have n connections, of which the answers are seen
// or take another way.
func (w *wire) talks(client string, n int, seen bool) {
	for i := range n {
		c := conn{client, fmt.Sprintf("192.0.2.%d", 100+i), uint16(40000 + i), 443, uint32(1000 * i), 7000}
		w.send(c.syn())
		if seen {
			w.send(c.synAck())
		}
		w.send(c.ack(), c.clientFin(300, 4000))
		w.pause(time.Second)
	}
}

// refused is one probe of a source that is refused in sight.
func (w *wire) refused(source string) {
	c := conn{source, bob, 39999, 7999, 1, 7000}
	w.send(c.syn(), c.refusal())
}

// claims sends, behind each SYN, a FIN that pretends to end a conversation.
func (w *wire) claims(source string, ports int, then func(conn) []decode.Packet) {
	for i := range ports {
		c := conn{source, bob, uint16(40000 + i), uint16(8000 + i), uint32(70_000 * i), 7000}
		w.send(c.syn(), c.clientFin(300, 4000))
		w.send(then(c)...)
		w.pause(time.Second)
	}
	w.pause(10 * time.Second)
}

func nothing(conn) []decode.Packet { return nil }

// TestClaim: that a client closes with data behind it shows that an answer took
// another way where others' answers do, too. One source cannot say so alone.
func TestClaim(t *testing.T) {
	others := func(n, seen int) func(*wire) {
		return func(w *wire) {
			for i := range n {
				w.talks(stranger(i), 5, seen > 0 && i%seen > 0)
			}
		}
	}
	and := func(a, b func(*wire)) func(*wire) { return func(w *wire) { a(w); b(w) } }
	once := func(w *wire) { w.refused(alice) }
	refused := func(c conn) []decode.Packet { return []decode.Packet{c.refusal()} }
	for _, tt := range []struct {
		name   string
		before func(*wire)
		then   func(conn) []decode.Packet
		want   counters
	}{
		{"all others but one are answered", and(others(10, 100), once), nothing, counters{41, 41, 40, 0, 0}},
		{"nobody else is there", once, nothing, counters{41, 41, 40, 0, 0}},
		{"nobody else is, but he is not answered either", others(0, 0), nothing, counters{40, 0, 0, 40, 0}},
		{"he hears by another link", others(10, 100), nothing, counters{40, 0, 0, 40, 0}},
		{"nobody is", others(10, 0), nothing, counters{40, 0, 0, 40, 0}},
		{"a third of the others are not", and(others(60, 3), once), nothing, counters{41, 1, 0, 40, 0}},
		{"he is refused after all", others(10, 100), refused, counters{40, 40, 0, 0, 0}},
		{"he is refused after all, on a link without answers", others(0, 0), refused, counters{40, 40, 0, 0, 0}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWire(t, track.Config{})
			tt.before(w)
			w.claims(alice, 40, tt.then)
			v := w.source(alice)
			if got := countersOf(v); got != tt.want {
				t.Errorf("%+v, want %+v", got, tt.want)
			}
			if found := v.Score >= track.Threshold; found != (tt.want.failed >= 40) {
				t.Errorf("score %d", v.Score)
			}
		})
	}
}

// TestClaimOfOne: what one source claims changes nothing of what the silence of
// others weighs.
func TestClaimOfOne(t *testing.T) {
	weigh := func(liar bool) int16 {
		w := newWire(t, track.Config{})
		for i := range 10 {
			w.talks(stranger(i), 5, true)
		}
		w.refused(alice)
		if liar {
			w.claims(alice, 200, nothing)
		}
		w.send(conn{carol, bob, 40000, 8080, 1000, 0}.syn())
		w.pause(5 * time.Second)
		return w.note(carol, bob, 8080).Weight
	}
	if a, b := weigh(false), weigh(true); a != b || a <= failure/2 {
		t.Errorf("a silence weighs %d, and %d when another one claims that answers take another way", a, b)
	}
}
