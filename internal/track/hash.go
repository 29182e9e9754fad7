package track

import (
	"encoding/binary"
	"math/bits"
)

// hasher is a keyed hash (the mixing step of wyhash: a 64 by 64 bit
// multiplication folded). Its key is random at every start, so that a stranger
// who knows the code cannot choose keys that fall into one set.
type hasher struct {
	a, b  uint64
	drill uint64 // added for the scopes of drills; changes with each
}

func newHasher(seed uint64) hasher {
	a := fold(seed^0xa0761d6478bd642f, 0xe7037ed1a0b428db)
	return hasher{a: a | 1, b: fold(a, seed^0x8ebc6af09c88c6e3) | 1}
}

func fold(a, b uint64) uint64 {
	hi, lo := bits.Mul64(a, b)
	return hi ^ lo
}

// addr hashes an address with the scope it was seen in.
func (h hasher) addr(a *[16]byte, scope uint8) uint64 {
	x := binary.LittleEndian.Uint64(a[:8])
	y := binary.LittleEndian.Uint64(a[8:])
	return fold(x^h.a, y^h.b^uint64(scope)<<56^h.drill&-uint64(scope>>7)) ^ h.a
}

// net hashes the network of an address for which visibility is estimated, a /24
// or a /64, as addr hashes the address with zeros behind it.
func (h hasher) net(a *[16]byte, v6 bool, scope uint8) uint64 {
	x := binary.LittleEndian.Uint64(a[:8])
	if !v6 {
		x &= 0xffffff
	}
	return fold(x^h.a, h.b^uint64(scope)<<56^h.drill&-uint64(scope>>7)) ^ h.a
}

// host hashes an address for those who count by the hash's upper bits, which addr
// does not spread enough.
func (h hasher) host(a *[16]byte, scope uint8) uint64 { return h.mix(h.addr(a, scope), 1) }

// mix adds a value to a hash.
func (h hasher) mix(x, v uint64) uint64 { return fold(x^h.b, v^h.a) }
