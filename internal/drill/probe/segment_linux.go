package probe

import (
	"encoding/binary"

	"klaxon/internal/drill"
)

const (
	protoTCP   = 6
	tcpHeader  = 20
	ip4Header  = 20
	ip6Header  = 40
	hops       = 64
	scanWindow = 1024 // as scanners offer
)

// segment is a whole packet with a TCP header and no data. Port and sequence number
// are the drill's seal.
func segment(f drill.Flow, flags uint8, seq uint32) []byte {
	tcp := make([]byte, tcpHeader)
	binary.BigEndian.PutUint16(tcp, f.Source.Port())
	binary.BigEndian.PutUint16(tcp[2:], f.Target.Port())
	binary.BigEndian.PutUint32(tcp[4:], seq)
	tcp[12], tcp[13] = tcpHeader/4<<4, flags
	binary.BigEndian.PutUint16(tcp[14:], scanWindow)
	src, dst := f.Source.Addr().AsSlice(), f.Target.Addr().AsSlice()
	pseudo := append(append([]byte(nil), src...), dst...)
	pseudo = append(pseudo, 0, protoTCP, 0, tcpHeader)
	binary.BigEndian.PutUint16(tcp[16:], checksum(append(pseudo, tcp...)))
	if f.Target.Addr().Is6() {
		ip := make([]byte, 8, ip6Header+tcpHeader)
		ip[0], ip[5], ip[6], ip[7] = 6<<4, tcpHeader, protoTCP, hops
		return append(append(append(ip, src...), dst...), tcp...)
	}
	ip := make([]byte, 12, ip4Header+tcpHeader)
	ip[0], ip[3], ip[8], ip[9] = 4<<4|ip4Header/4, ip4Header+tcpHeader, hops, protoTCP
	ip = append(append(ip, src...), dst...)
	binary.BigEndian.PutUint16(ip[10:], checksum(ip))
	return append(ip, tcp...)
}

// checksum is that of RFC 1071, of an even number of bytes.
func checksum(b []byte) uint16 {
	var sum uint32
	for i := 0; i < len(b); i += 2 {
		sum += uint32(binary.BigEndian.Uint16(b[i:]))
	}
	for sum > 0xffff {
		sum = sum>>16 + sum&0xffff
	}
	return ^uint16(sum)
}
