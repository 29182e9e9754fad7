package synth

import (
	"encoding/binary"
	"net/netip"
)

// Checksum is that of RFC 1071 over b, as in the header of an IPv4 packet.
func Checksum(b []byte) uint16 { return checksum(sum(0, b)) }

// sum adds up 16-bit words (RFC 1071), continuing from s.
func sum(s uint32, b []byte) uint32 {
	for len(b) >= 2 {
		s += uint32(b[0])<<8 | uint32(b[1])
		b = b[2:]
	}
	if len(b) == 1 {
		s += uint32(b[0]) << 8
	}
	return s
}

// checksum is the one's complement of the folded sum.
func checksum(s uint32) uint16 {
	for s>>16 != 0 {
		s = s&0xffff + s>>16
	}
	return ^uint16(s)
}

// pseudo is the sum of the pseudo-header of IPv4 (RFC 9293) or IPv6 (RFC 8200).
func pseudo(src, dst netip.Addr, proto uint8, length int) uint32 {
	return sum(sum(0, src.AsSlice()), dst.AsSlice()) + uint32(proto) + uint32(length)
}

// seal writes the checksum of a transport header into body[at:]. UDP has no 0:
// that means that there is none (RFC 768).
func seal(body []byte, at int, src, dst netip.Addr, proto uint8) {
	c := checksum(sum(pseudo(src, dst, proto, len(body)), body))
	if c == 0 && proto == protoUDP {
		c = 0xffff
	}
	binary.BigEndian.PutUint16(body[at:], c)
}
