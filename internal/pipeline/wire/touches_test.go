package wire

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

// TestDue: touches come out in the order of their times, those of one time in the
// order they came, each once; and whoever had some may let go of them while the
// others wait in the same memory.
func TestDue(t *testing.T) {
	for seed := range uint64(50) {
		r := rand.New(rand.NewPCG(seed, 1))
		var h hands
		var steps []time.Duration
		c, q := h.clock(&steps), newTouches()
		h.pass(time.Hour)
		type told struct {
			at     int64
			number uint16
		}
		var want, got []told
		take := func(upTo int64) {
			list := q.due(c, upTo, false)
			for i := range list {
				got = append(got, told{list[i].at, list[i].touch.Source.Port})
				list[i].touch = nil
			}
		}
		now := int64(start)
		for n := range uint16(500) {
			at := now
			if r.IntN(10) == 0 { // it was held up
				at += r.Int64N(20)
			}
			x := touchAt(time.Unix(0, at))
			x.Source.Port = n
			if !q.put(x) {
				t.Fatal("no room")
			}
			want = append(want, told{at, n})
			if r.IntN(3) == 0 {
				now += r.Int64N(4)
			}
			if r.IntN(4) == 0 {
				take(now - 1) // nothing older comes any more
			}
		}
		take(math.MaxInt64)
		slices.SortStableFunc(want, func(a, b told) int { return int(a.at - b.at) })
		if !slices.Equal(got, want) {
			t.Fatalf("seed %d: told %v, want %v", seed, got, want)
		}
		if n := q.count.Load(); n != 0 {
			t.Errorf("seed %d: %d are said to wait", seed, n)
		}
	}
}

// TestDueLate: packets whose time stands still do not hold up a touch for longer
// than touchWaits.
func TestDueLate(t *testing.T) {
	var h hands
	var steps []time.Duration
	c, q := h.clock(&steps), newTouches()
	h.pass(time.Minute)
	q.put(touchAt(time.Unix(0, c.now())))
	for _, late := range []time.Duration{0, touchWaits - 1} {
		if list := q.due(c, start, true); len(list) > 0 {
			t.Errorf("after %v: it is due", late)
		}
		h.pass(touchWaits - 1)
	}
	if list := q.due(c, start, false); len(list) > 0 {
		t.Error("it is due though the clock was not asked")
	}
	if list := q.due(c, start, true); len(list) != 1 {
		t.Error("it is not due")
	}
}

// BenchmarkDue is the price of a packet while a thousand touches wait for theirs.
func BenchmarkDue(b *testing.B) {
	var h hands
	var steps []time.Duration
	c, q := h.clock(&steps), newTouches()
	h.pass(time.Hour)
	x := touchAt(time.Unix(0, start))
	for range 1000 {
		q.put(x)
	}
	for b.Loop() {
		q.put(x)
		for range 9 {
			q.due(c, start-1, false)
		}
		q.held[0].at = start - 1
		q.due(c, start-1, false)
	}
}
