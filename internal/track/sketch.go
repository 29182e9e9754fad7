package track

import (
	"math"
	"math/bits"
)

// sketch estimates how many distinct hashes were added, within 7 %: HyperLogLog
// with 256 registers (Flajolet, Fusy, Gandouet, Meunier 2007) and linear counting
// below. The zero value is empty.
type sketch [256]uint8

func (s *sketch) add(hash uint64) {
	rank := uint8(bits.LeadingZeros64(hash<<8|1<<7)) + 1
	if at := hash >> 56; s[at] < rank {
		s[at] = rank
	}
}

func (s *sketch) count() int {
	const m = float64(len(s))
	sum, zero := 0.0, 0
	for _, v := range s {
		sum += math.Ldexp(1, -int(v))
		if v == 0 {
			zero++
		}
	}
	estimate := 0.7213 / (1 + 1.079/m) * m * m / sum
	if estimate <= 2.5*m && zero > 0 {
		estimate = m * math.Log(m/float64(zero))
	}
	return int(estimate + .5)
}

// nibbles is a sketch with 16 registers of 4 bits in one word, within 26 %: it is
// there for every source. The zero value is empty.
type nibbles uint64

func (s *nibbles) add(hash uint64) {
	rank := min(uint64(bits.LeadingZeros64(hash<<4|1<<3))+1, 15)
	shift := hash >> 60 * 4
	if uint64(*s)>>shift&15 < rank {
		*s = nibbles(uint64(*s)&^(15<<shift) | rank<<shift)
	}
}

func (s nibbles) count() int {
	const m = 16.0
	sum, zero := 0.0, 0
	for i := range 16 {
		v := int(s >> (4 * i) & 15)
		sum += math.Ldexp(1, -v)
		if v == 0 {
			zero++
		}
	}
	estimate := .673 * m * m / sum
	if estimate <= 2.5*m && zero > 0 {
		estimate = m * math.Log(m/float64(zero))
	}
	return int(estimate + .5)
}
