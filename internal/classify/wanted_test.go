package classify

import (
	"math/rand/v2"
	"testing"
)

// TestAnyBit against looking at each bit.
func TestAnyBit(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	for range 2000 {
		var set [1024]uint64
		for range rng.IntN(4) {
			p := rng.IntN(1 << 16)
			set[p/64] |= 1 << (p % 64)
		}
		first := rng.IntN(1 << 16)
		last := first + rng.IntN(min(1<<16-first, 1+rng.IntN(1<<14)))
		want := false
		for p := first; p <= last; p++ {
			want = want || set[p/64]&(1<<(p%64)) != 0
		}
		if got := anyBit(&set, first, last); got != want {
			t.Fatalf("%d to %d: %v", first, last, got)
		}
	}
}
