package policy

import (
	"encoding/binary"
	"math"
	"math/bits"
	"net/netip"
	"slices"
)

// distinct counts different addresses by the smallest of their keyed hashes: up to
// its room it is exact, and beyond that the largest of those it keeps says how
// dense they lie (the k minimum values estimator: within 1/sqrt(room), 2 % for
// 4,096).
type distinct struct {
	seed   uint64 // random, so that nobody can choose what is counted
	room   int
	hashes []uint64 // the smallest ever, ascending
	full   bool     // there were more
}

func (d *distinct) add(a netip.Addr) {
	h := d.hash(plain(a))
	i, found := slices.BinarySearch(d.hashes, h)
	switch {
	case found:
	case len(d.hashes) < d.room:
		d.hashes = slices.Insert(d.hashes, i, h)
	default:
		d.full = true
		if i < len(d.hashes) {
			copy(d.hashes[i+1:], d.hashes[i:len(d.hashes)-1])
			d.hashes[i] = h
		}
	}
}

// count is the number of addresses; exact tells whether it is that.
func (d *distinct) count() (n uint64, exact bool) {
	if !d.full {
		return uint64(len(d.hashes)), true
	}
	share := float64(d.hashes[len(d.hashes)-1]) / math.MaxUint64
	return uint64(float64(len(d.hashes)-1) / share), false
}

// hash mixes as wyhash does, by multiplications that are folded.
func (d *distinct) hash(a netip.Addr) uint64 {
	b := a.As16()
	x, y := binary.LittleEndian.Uint64(b[:8]), binary.LittleEndian.Uint64(b[8:])
	key := fold(d.seed^0xa0761d6478bd642f, 0xe7037ed1a0b428db) | 1 // no seed makes it nothing
	return fold(fold(x^key, y^0x8ebc6af09c88c6e3)^key, 0x589965cc75374cc3)
}

func fold(a, b uint64) uint64 {
	hi, lo := bits.Mul64(a, b)
	return hi ^ lo
}

// valid tells whether hashes that come from elsewhere can be those of a count.
func (d *distinct) valid() bool {
	for i := 1; i < len(d.hashes); i++ {
		if d.hashes[i-1] >= d.hashes[i] {
			return false
		}
	}
	return len(d.hashes) <= d.room && (!d.full || len(d.hashes) == d.room && d.hashes[d.room-1] > 0)
}
