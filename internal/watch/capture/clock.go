package capture

import "math/bits"

// clock is how a pcapng interface tells time. A count of units, 10^-exp or
// 2^-exp seconds each, is added to an offset in seconds. The zero value is not
// of use.
type clock struct {
	binary bool
	exp    uint8
	offset int64
	unit   uint64 // nanoseconds in a unit; 0 when not whole or when there is an offset
	most   uint64 // the largest count that unit applies to
}

// newClock takes the if_tsresol and if_tsoffset options
// (draft-ietf-opsawg-pcapng section 4.2).
func newClock(resolution byte, offset int64) clock {
	c := clock{binary: resolution&0x80 != 0, exp: resolution & 0x7f, offset: offset}
	if !c.binary && c.exp <= 9 && offset == 0 {
		c.unit = pow10(9 - c.exp)
		c.most = maxTime / c.unit
	}
	return c
}

// time returns nanoseconds since 1970, forced into 0 to maxTime.
func (c *clock) time(count uint64) int64 {
	if c.unit != 0 && count <= c.most {
		return int64(count * c.unit)
	}
	return c.slow(count)
}

func (c *clock) slow(count uint64) int64 {
	s, frac := c.split(count)
	sum := s + uint64(c.offset) // modulo 2^64, as is the conversion
	switch {
	case c.offset < 0 && sum > s:
		return 0 // before 1970
	case c.offset >= 0 && sum < s, sum >= maxTime/1_000_000_000:
		return maxTime
	}
	return int64(sum*1e9 + frac)
}

// split returns whole seconds and nanoseconds. Units so small that no count
// makes a second give zero.
func (c *clock) split(count uint64) (seconds, nanos uint64) {
	switch {
	case c.binary && c.exp < 64:
		seconds = count >> c.exp
		hi, lo := bits.Mul64(count&(1<<c.exp-1), 1e9)
		return seconds, hi<<(64-c.exp) | lo>>c.exp
	case !c.binary && c.exp < 20:
		p := pow10(c.exp)
		hi, lo := bits.Mul64(count%p, 1e9)
		nanos, _ = bits.Div64(hi, lo, p)
		return count / p, nanos
	}
	return 0, 0
}

// pow10 returns 10^n for n below 20.
func pow10(n uint8) uint64 {
	v := uint64(1)
	for range n {
		v *= 10
	}
	return v
}
