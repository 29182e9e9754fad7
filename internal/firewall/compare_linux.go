package firewall

import (
	"bytes"
	"encoding/binary"
	"slices"

	"golang.org/x/sys/unix"
)

func (m *machine) compare(e *expression) outcome {
	cells, v := m.load(e.number(unix.NFTA_CMP_SREG)), e.value(unix.NFTA_CMP_DATA)
	if len(v) == 0 || len(v) > len(cells) {
		return unknown
	}
	cells = cells[:len(v)]
	op := e.number(unix.NFTA_CMP_OP)
	if op == unix.NFT_CMP_EQ {
		return is(equal(cells, v))
	}
	low, high := make([]byte, len(v)), bytes.Repeat([]byte{0xff}, len(v))
	switch op {
	case unix.NFT_CMP_NEQ:
		t, hangs := equal(cells, v)
		return is(t.not(), hangs)
	case unix.NFT_CMP_LTE:
		return is(between(cells, low, v))
	case unix.NFT_CMP_GTE:
		return is(between(cells, v, high))
	case unix.NFT_CMP_LT:
		t, hangs := between(cells, v, high)
		return is(t.not(), hangs)
	case unix.NFT_CMP_GT:
		t, hangs := between(cells, low, v)
		return is(t.not(), hangs)
	}
	return unknown
}

func (m *machine) span(e *expression) outcome {
	t, hangs := between(m.load(e.number(unix.NFTA_RANGE_SREG)), e.value(unix.NFTA_RANGE_FROM_DATA), e.value(unix.NFTA_RANGE_TO_DATA))
	switch e.number(unix.NFTA_RANGE_OP) {
	case unix.NFT_RANGE_EQ:
		return is(t, hangs)
	case unix.NFT_RANGE_NEQ:
		return is(t.not(), hangs)
	}
	return unknown
}

// bitwise masks and flips bits; what shifts them, or joins two registers, is not
// understood, and the register with it.
func (m *machine) bitwise(e *expression) outcome {
	const operation = 6 // NFTA_BITWISE_OP
	n := int(min(e.number(unix.NFTA_BITWISE_LEN), uint64(len(m.regs))))
	cells := m.load(e.number(unix.NFTA_BITWISE_SREG))
	mask, flip := e.value(unix.NFTA_BITWISE_MASK), e.value(unix.NFTA_BITWISE_XOR)
	if e.number(operation) != 0 || n > len(cells) || len(mask) != n || len(flip) != n {
		m.store(e.number(unix.NFTA_BITWISE_DREG), unknownCells(n, byUnknown, 0))
		return holds
	}
	out := slices.Clone(cells[:n])
	for i := range out {
		c := &out[i]
		c.value = c.value&mask[i] ^ flip[i]
		c.known |= ^mask[i]
		if mask[i] != 0xff || flip[i] != 0 {
			c.never = 0
		}
	}
	if n > 0 && out[0].never == 0 {
		for i := range out {
			out[i].never = 0
		}
	}
	m.store(e.number(unix.NFTA_BITWISE_DREG), out)
	return holds
}

// byteorder swaps the bytes of numbers, where the machine's order is not the wire's.
func (m *machine) byteorder(e *expression) outcome {
	n, size := int(min(e.number(unix.NFTA_BYTEORDER_LEN), uint64(len(m.regs)))), int(e.number(unix.NFTA_BYTEORDER_SIZE))
	cells := m.load(e.number(unix.NFTA_BYTEORDER_SREG))
	if n > len(cells) || size != 2 && size != 4 && size != 8 {
		m.store(e.number(unix.NFTA_BYTEORDER_DREG), unknownCells(n, byUnknown, 0))
		return holds
	}
	out := slices.Clone(cells[:n])
	if binary.NativeEndian.Uint16([]byte{1, 0}) == 1 {
		for part := range slices.Chunk(out, size) {
			slices.Reverse(part)
		}
	}
	for i := range out {
		out[i].never = 0
	}
	m.store(e.number(unix.NFTA_BYTEORDER_DREG), out)
	return holds
}
