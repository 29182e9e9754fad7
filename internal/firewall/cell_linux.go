package firewall

import "bytes"

// why says what a condition hangs on that a trap's port does not tell.
type why uint8

const (
	bySource    why = 1 << iota // who sends
	byInterface                 // where it comes in
	byAddress                   // which of the host's addresses it is for
	byRate                      // how often, or chance
	byUnknown                   // something that is not understood
)

// truth is that of a condition on a packet known in part.
type truth uint8

const (
	no truth = iota
	maybe
	yes
)

func (t truth) not() truth { return yes - t }

func truthOf(b bool) truth {
	if b {
		return yes
	}
	return no
}

// cell is one byte of a packet or register. Bits that are not in known may have
// any value; hangs says what they hang on.
type cell struct {
	value, known byte
	hangs        why
	never        never
}

// never names a value that the whole, of which a cell is part, cannot have.
type never uint8

const (
	neverZero  never = 1 + iota // the number or name of something that there is
	neverName                   // the name of an interface, and not lo
	neverIndex                  // its number
	neverType                   // its type
)

func knownCells(b ...byte) []cell {
	out := make([]cell, len(b))
	for i, v := range b {
		out[i] = cell{value: v, known: 0xff}
	}
	return out
}

func unknownCells(n int, hangs why, never never) []cell {
	out := make([]cell, n)
	for i := range out {
		out[i] = cell{hangs: hangs, never: never}
	}
	return out
}

// bytesOf is the value of cells that are known whole, nil of others.
func bytesOf(cells []cell) []byte {
	out := make([]byte, len(cells))
	for i, c := range cells {
		if c.known != 0xff {
			return nil
		}
		out[i] = c.value
	}
	return out
}

// equal compares cells with a value that may be shorter, as a prefix.
func equal(cells []cell, v []byte) (t truth, hangs why) {
	t = yes
	for i, b := range v {
		if i >= len(cells) {
			return maybe, byUnknown
		}
		c := cells[i]
		if (c.value^b)&c.known != 0 {
			return no, 0
		}
		if c.known != 0xff {
			t, hangs = maybe, hangs|c.hangs
		}
	}
	if t == maybe && excluded(cells[:len(v)], v) {
		return no, 0
	}
	return t, hangs
}

// between tells whether cells, as a big-endian number, lie in from to to.
func between(cells []cell, from, to []byte) (truth, why) {
	if len(from) != len(to) || len(from) > len(cells) {
		return maybe, byUnknown
	}
	cells = cells[:len(from)]
	if string(from) == string(to) {
		return equal(cells, from)
	}
	least, most := make([]byte, len(cells)), make([]byte, len(cells))
	var hangs why
	for i, c := range cells {
		least[i], most[i] = c.value&c.known, c.value|^c.known
		if c.known != 0xff {
			hangs |= c.hangs
		}
	}
	switch {
	case string(most) < string(from) || string(least) > string(to):
		return no, 0
	case string(least) >= string(from) && string(most) <= string(to):
		return yes, 0
	}
	return maybe, hangs
}

// excluded tells whether a value is one that the cells never have.
func excluded(cells []cell, v []byte) bool {
	if len(cells) == 0 || cells[0].never == 0 {
		return false
	}
	switch cells[0].never {
	case neverName:
		return bytes.HasPrefix(v, []byte("lo\x00"))
	case neverIndex:
		return len(v) == 4 && nativeNumber(v) == loopbackIndex
	case neverType:
		return len(v) == 2 && nativeNumber(v) == loopbackType
	}
	return len(bytes.Trim(v, "\x00")) == 0
}
