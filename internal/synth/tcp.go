package synth

import (
	"encoding/binary"
	"net/netip"

	"klaxon/internal/decode"
)

// Segment is a TCP segment.
type Segment struct {
	SrcPort, DstPort uint16
	Seq, Ack         uint32
	Flags            decode.Flags
	Window, Urgent   uint16
	Options          []byte // a multiple of 4
	Data             []byte
}

// Proto is TCP.
func (s Segment) Proto() uint8 { return protoTCP }

// Append appends the segment's bytes.
func (s Segment) Append(b []byte, src, dst netip.Addr) []byte {
	start := len(b)
	b = binary.BigEndian.AppendUint16(b, s.SrcPort)
	b = binary.BigEndian.AppendUint16(b, s.DstPort)
	b = binary.BigEndian.AppendUint32(b, s.Seq)
	b = binary.BigEndian.AppendUint32(b, s.Ack)
	b = binary.BigEndian.AppendUint16(b, uint16(20+len(s.Options))<<10|uint16(s.Flags)&0x0fff)
	b = binary.BigEndian.AppendUint16(b, s.Window)
	b = append(b, 0, 0)
	b = binary.BigEndian.AppendUint16(b, s.Urgent)
	b = append(append(b, s.Options...), s.Data...)
	seal(b[start:], 16, src, dst, protoTCP)
	return b
}

// length is how much sequence space it takes.
func (s *Segment) length() uint32 {
	n := uint32(len(s.Data))
	if s.Flags&decode.SYN != 0 {
		n++
	}
	if s.Flags&decode.FIN != 0 {
		n++
	}
	return n
}

// mss is the option of that name.
func mss(v uint16) []byte { return []byte{2, 4, byte(v >> 8), byte(v)} }

// stamp is the timestamp option.
func stamp(val, ecr uint32) []byte {
	b := binary.BigEndian.AppendUint32([]byte{8, 10}, val)
	return binary.BigEndian.AppendUint32(b, ecr)
}

// options joins options and pads them.
func options(parts ...[]byte) (b []byte) {
	for _, p := range parts {
		b = append(b, p...)
	}
	for len(b)%4 != 0 {
		b = append(b, 0)
	}
	return b
}

var (
	nop    = []byte{1}
	sackOK = []byte{4, 2}
)

func wscale(n byte) []byte { return []byte{3, 3, n} }
