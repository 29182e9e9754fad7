package policy

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"klaxon"
)

// TestQuietest holds the list against the rule, which looks at every open alarm.
func TestQuietest(t *testing.T) {
	for seed := range uint64(20) {
		r := rand.New(rand.NewPCG(seed, 1))
		a := NewAlarms(AlarmConfig{})
		open := func(n int, at int64) {
			k := Key{Index: uint32(n), Life: 1}
			a.open[k] = &life{id: fmt.Sprint(n), last: at, rang: seed%2 == 0 && r.IntN(8) == 0 || seed%5 == 0, told: klaxon.Scan{}}
		}
		at := int64(0)
		for n := range 300 {
			at += int64(r.IntN(2))
			open(n, at)
		}
		for n := 300; n < 1500; n++ {
			for range r.IntN(3) { // somebody is heard of
				for _, l := range a.open {
					at += int64(r.IntN(2))
					l.last = at
					break
				}
			}
			var want *life
			for _, l := range a.open {
				if want == nil || makesRoom(l, want) {
					want = l
				}
			}
			got := a.quietest()
			if got.life != want {
				t.Fatalf("seed %d, step %d: %s (rang %v, last %d) is to make room, not %s (rang %v, last %d)",
					seed, n, want.id, want.rang, want.last, got.life.id, got.life.rang, got.life.last)
			}
			delete(a.open, got.key)
			at += int64(r.IntN(2))
			open(n, at)
		}
	}
}

func BenchmarkQuietest(b *testing.B) {
	a := NewAlarms(AlarmConfig{})
	for n := range openMax {
		a.open[Key{Index: uint32(n)}] = &life{id: fmt.Sprint(n), last: int64(n)}
	}
	for n := openMax; b.Loop(); n++ {
		delete(a.open, a.quietest().key)
		a.open[Key{Index: uint32(n)}] = &life{last: int64(n)}
	}
}
