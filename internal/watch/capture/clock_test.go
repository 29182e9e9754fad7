package capture

import (
	"math"
	"math/big"
	"math/rand/v2"
	"testing"
)

// exact is the time by rational arithmetic, before it is forced into bounds.
func exact(resolution byte, offset int64, count uint64) *big.Int {
	base := int64(10)
	if resolution&0x80 != 0 {
		base = 2
	}
	unit := new(big.Int).Exp(big.NewInt(base), big.NewInt(int64(resolution&0x7f)), nil)
	ns := new(big.Int).Mul(new(big.Int).SetUint64(count), big.NewInt(1e9))
	ns.Quo(ns, unit)
	return ns.Add(ns, new(big.Int).Mul(big.NewInt(offset), big.NewInt(1e9)))
}

// TestClock holds all 256 resolutions against rational arithmetic.
func TestClock(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	offsets := []int64{0, 1, -1, 1_700_000_000, -1_700_000_000, math.MaxInt64, math.MinInt64, maxTime / 1_000_000_000, -maxTime / 1_000_000_000}
	for resolution := range 256 {
		for range 200 {
			count := r.Uint64() >> r.IntN(64)
			offset := offsets[r.IntN(len(offsets))]
			c := newClock(byte(resolution), offset)
			checkTime(t, byte(resolution), offset, count, c.time(count))
		}
		for _, count := range []uint64{0, 1, math.MaxUint32, math.MaxInt64, math.MaxUint64, maxTime, maxTime + 1} {
			for _, offset := range offsets {
				c := newClock(byte(resolution), offset)
				checkTime(t, byte(resolution), offset, count, c.time(count))
			}
		}
	}
}

func checkTime(t *testing.T, resolution byte, offset int64, count uint64, got int64) {
	t.Helper()
	want := exact(resolution, offset, count)
	second := int64(1e9)
	last := maxTime / second * second // the last second may be cut to its end
	switch {
	case want.Sign() < 0:
		want.SetInt64(0)
	case want.Cmp(big.NewInt(last)) >= 0:
		if got >= last && got <= maxTime {
			return
		}
	}
	binary, exp := resolution&0x80 != 0, resolution&0x7f
	if tiny := binary && exp >= 64 || !binary && exp >= 20; tiny && got == max(0, want.Int64()/second*second) {
		return // no count of such units makes a second: they are not told
	}
	if !want.IsInt64() || got != want.Int64() {
		t.Errorf("resolution %#x, offset %d, count %d: %d, want %s", resolution, offset, count, got, want)
	}
}

// TestClockInFile: the options reach the clock, in both byte orders.
func TestClockInFile(t *testing.T) {
	for _, e := range endians {
		for _, tt := range []struct {
			resolution string
			offset     int64
			count      uint64
			want       int64
		}{
			{"\x06", 0, 1_500_000, 1_500_000_000},
			{"\x09", 0, 1_500_000, 1_500_000},
			{"\x00", 0, 7, 7_000_000_000},
			{"\x03", 100, 1, 100_001_000_000},
			{"\x0c", 0, 1_999, 1},
			{"\x8a", 0, 512, 500_000_000}, // 2^-10
			{"\xa0", -1, 3 << 31, 500_000_000},
			{"\xa0", -2, 3 << 31, 0},
			{"\x7f", 5, math.MaxUint64, 5_000_000_000},
			{"\x00", 0, math.MaxUint64, maxTime},
			{"\x06", math.MaxInt64, 1, maxTime},
		} {
			f := newBlocks(e)
			f.iface(1, 0, f.option(9, tt.resolution), f.number(14, uint64(tt.offset)))
			got, _ := mustRead(t, f.enhanced(0, tt.count, 1, "x").b)
			if got[0].Time != tt.want {
				t.Errorf("%s, resolution %x, offset %d, count %d: %d, want %d", e, tt.resolution, tt.offset, tt.count, got[0].Time, tt.want)
			}
		}
	}
}
