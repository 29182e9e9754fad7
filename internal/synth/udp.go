package synth

import (
	"encoding/binary"
	"net/netip"
)

// Datagram is a UDP datagram.
type Datagram struct {
	SrcPort, DstPort uint16
	Data             []byte
}

// Proto is UDP.
func (d Datagram) Proto() uint8 { return protoUDP }

// Append appends the datagram's bytes.
func (d Datagram) Append(b []byte, src, dst netip.Addr) []byte {
	start := len(b)
	b = binary.BigEndian.AppendUint16(b, d.SrcPort)
	b = binary.BigEndian.AppendUint16(b, d.DstPort)
	b = binary.BigEndian.AppendUint16(b, uint16(8+len(d.Data)))
	b = append(append(b, 0, 0), d.Data...)
	seal(b[start:], 6, src, dst, protoUDP)
	return b
}
