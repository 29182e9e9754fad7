package synth

import (
	"encoding/binary"
	"net/netip"
)

// Tunnel wraps a mirrored Ethernet frame in the frame of what carries it.
type Tunnel func(frame []byte) []byte

// The ends of every mirror tunnel.
var (
	mirror    = netip.MustParseAddr("172.16.99.1")
	collector = netip.MustParseAddr("172.16.99.2")
)

func carry(body Body) []byte {
	p := Packet{Src: mirror, Dst: collector, TTL: 64, Body: body}
	b := append(make([]byte, 0, 128), 2, 0x99, 0, 0, 0, 2, 2, 0x99, 0, 0, 0, 1, 8, 0)
	inner := body.Append(nil, mirror, collector)
	return append(p.header(b, len(inner), -1, false), inner...)
}

// GRE carries Ethernet frames in GRE.
func GRE(frame []byte) []byte {
	b := binary.BigEndian.AppendUint16([]byte{0, 0}, etherBridge)
	return carry(Raw{Number: protoGRE, Data: append(b, frame...)})
}

// ERSPAN carries them in ERSPAN type II.
func ERSPAN(frame []byte) []byte {
	b := []byte{0x10, 0, 0x88, 0xbe, 0, 0, 0, 1 /* sequence */, 0x10, 1, 0, 1, 0, 0, 0, 0}
	return carry(Raw{Number: protoGRE, Data: append(b, frame...)})
}

// VXLAN carries them in VXLAN.
func VXLAN(frame []byte) []byte {
	b := []byte{0x08, 0, 0, 0, 0, 0, 42, 0}
	return carry(Datagram{SrcPort: 51234, DstPort: 4789, Data: append(b, frame...)})
}
