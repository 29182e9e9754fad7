package packet

import "encoding/binary"

// The tests' frames, made by hand: neither internal/decode nor a packet library
// has a say in what they are.

var (
	macA = []byte{2, 0, 0, 0, 0, 1}
	macB = []byte{2, 0, 0, 0, 0, 2}
)

func join(parts ...[]byte) []byte {
	var out []byte
	for _, p := range parts {
		out = append(out, p...)
	}
	return out
}

func u16(v int) []byte { return binary.BigEndian.AppendUint16(nil, uint16(v)) }
func u32(v int) []byte { return binary.BigEndian.AppendUint32(nil, uint32(v)) }

// eth is an Ethernet frame; kinds are its EtherTypes, all but the last those of
// VLAN tags.
func eth(payload []byte, kinds ...int) []byte {
	f := join(macA, macB)
	for i, k := range kinds {
		f = append(f, u16(k)...)
		if i < len(kinds)-1 {
			f = append(f, u16(0x2000|(i+5))...)
		}
	}
	return append(f, payload...)
}

func arpRequest() []byte {
	return join(u16(1), u16(0x0800), []byte{6, 4}, u16(1), macB, []byte{10, 0, 0, 1}, make([]byte, 6), []byte{10, 0, 0, 2})
}

// v4 is an IPv4 packet. fragment holds flags and offset as in the header.
type v4 struct {
	proto, fragment int
	options         int // bytes, a multiple of 4
}

func (h v4) with(payload []byte) []byte {
	size := 20 + h.options
	b := join([]byte{0x40 | byte(size/4), 0}, u16(size+len(payload)), u16(77), u16(h.fragment),
		[]byte{64, byte(h.proto)}, u16(0), []byte{10, 0, 0, 1, 10, 0, 0, 2})
	for range h.options {
		b = append(b, 1) // no operation
	}
	return append(b, payload...)
}

// v6 is an IPv6 packet whose chain of extension headers is given by their
// numbers, each with how many eights of bytes it is longer than the least.
type v6 struct {
	proto    int
	chain    []int
	longer   int
	fragment int // offset and M as in the fragment header
}

func (h v6) with(payload []byte) []byte {
	var extensions []byte
	kinds := append(append([]int{}, h.chain...), h.proto)
	for i, k := range h.chain {
		switch k {
		case extFragment:
			extensions = join(extensions, []byte{byte(kinds[i+1]), 0}, u16(h.fragment), u32(0xabcdef))
		case protoAH: // its length is in words less two
			extensions = join(extensions, []byte{byte(kinds[i+1]), byte(1 + 2*h.longer)}, make([]byte, 10+8*h.longer))
		default:
			extensions = join(extensions, []byte{byte(kinds[i+1]), byte(h.longer)}, []byte{1, 4, 0, 0, 0, 0}, make([]byte, 8*h.longer))
		}
	}
	source, target := make([]byte, 16), make([]byte, 16)
	source[0], source[15], target[0], target[15] = 0xfd, 1, 0xfd, 2
	return join([]byte{0x60, 0, 0, 0}, u16(len(extensions)+len(payload)), []byte{byte(kinds[0]), 64}, source, target, extensions, payload)
}

// tcp is a segment.
type tcp struct {
	flags, seq, window int
	options, data      int // bytes
}

func (s tcp) bytes() []byte {
	b := join(u16(40000), u16(80), u32(s.seq), u32(5555), []byte{byte((20+s.options)/4) << 4, byte(s.flags)},
		u16(s.window), u16(0), u16(0))
	for range s.options {
		b = append(b, 1)
	}
	return append(b, make([]byte, s.data)...)
}

func udp(port, data int) []byte {
	return join(u16(40000), u16(port), u16(8+data), u16(0), make([]byte, data))
}

func icmpError(quoted []byte) []byte { return join([]byte{3, 3, 0, 0, 0, 0, 0, 0}, quoted) }

func sctpChunk(kind int, data int) []byte {
	return join(u16(40000), u16(80), u32(0), u32(0), []byte{byte(kind), 0}, u16(4+data), make([]byte, data))
}

const (
	fin = 0x01
	syn = 0x02
	rst = 0x04
	psh = 0x08
	ack = 0x10
	urg = 0x20
	ece = 0x40
	cwr = 0x80
)
