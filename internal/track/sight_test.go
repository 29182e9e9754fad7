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
	for _, tt := range []struct {
		name   string
		before func(*wire)
		then   func(conn) []decode.Packet
		want   counters
	}{
		{"all others are answered", func(w *wire) {
			for i := range 10 {
				w.talks(stranger(i), 5, true)
			}
		}, nothing, counters{40, 40, 40, 0, 0}},
		{"one other is not", func(w *wire) {
			for i := range 10 {
				w.talks(stranger(i), 5, i > 0)
			}
		}, nothing, counters{40, 40, 40, 0, 0}},
		{"nobody is", func(w *wire) {
			for i := range 10 {
				w.talks(stranger(i), 5, false)
			}
		}, nothing, counters{40, 0, 0, 40, 0}},
		{"many others are not", func(w *wire) {
			for i := range 60 {
				w.talks(stranger(i), 5, i%3 > 0)
			}
		}, nothing, counters{40, 0, 0, 40, 0}},
		{"nobody else is there", func(*wire) {}, nothing, counters{40, 0, 0, 40, 0}},
		{"nobody else is there, and it is refused", func(*wire) {}, func(c conn) []decode.Packet { return []decode.Packet{c.refusal()} }, counters{40, 40, 0, 0, 0}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWire(t, track.Config{})
			tt.before(w)
			w.claims(alice, 40, tt.then)
			v := w.source(alice)
			if got := countersOf(v); got != tt.want {
				t.Errorf("%+v, want %+v", got, tt.want)
			}
			if found := v.Score >= track.Threshold; found != (tt.want.failed == 40) {
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
