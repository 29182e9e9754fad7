package synth

import (
	"encoding/binary"
	"net/netip"
)

// ICMP is a message of ICMP, or of ICMPv6 between IPv6 addresses.
type ICMP struct {
	V6         bool
	Type, Code uint8
	ID, Seq    uint16 // or whatever stands in these four bytes
	Data       []byte
}

// Proto is ICMP or ICMPv6.
func (m ICMP) Proto() uint8 {
	if m.V6 {
		return protoICMPv6
	}
	return protoICMP
}

// Append appends the message's bytes. ICMP has no pseudo-header.
func (m ICMP) Append(b []byte, src, dst netip.Addr) []byte {
	start := len(b)
	b = append(b, m.Type, m.Code, 0, 0)
	b = binary.BigEndian.AppendUint16(b, m.ID)
	b = binary.BigEndian.AppendUint16(b, m.Seq)
	b = append(b, m.Data...)
	if m.V6 {
		seal(b[start:], 2, src, dst, protoICMPv6)
	} else {
		binary.BigEndian.PutUint16(b[start+2:], checksum(sum(0, b[start:])))
	}
	return b
}

// echo is an echo request in the version of an address.
func echo(to netip.Addr, id, seq uint16, data []byte) ICMP {
	if to.Is4() {
		return ICMP{Type: 8, ID: id, Seq: seq, Data: data}
	}
	return ICMP{V6: true, Type: 128, ID: id, Seq: seq, Data: data}
}

// The reasons of a host for not taking a packet, as type and code of each
// version.
type refusal struct{ type4, code4, type6, code6 uint8 }

var (
	portClosed     = refusal{3, 3, 1, 4}
	protoUnknown   = refusal{3, 2, 4, 1}
	prohibited     = refusal{3, 13, 1, 1}
	exceeded       = refusal{11, 0, 3, 0}
	quoteMost      = 508 // Linux quotes what fits into 576 bytes
	quoteMostIPv6  = 1192
	nextHeaderByte = uint16(6) // where an unknown next header stands
)

// errorOf makes the ICMP error for a packet.
func errorOf(p *Packet, r refusal) ICMP {
	body := p.Body.Append(nil, p.Src, p.Dst)
	if p.Fragment > 0 {
		body = body[:min(p.Fragment, len(body))]
	}
	quote := append(p.header(nil, len(body), -1, false), body...)
	if p.Src.Is4() {
		return ICMP{Type: r.type4, Code: r.code4, Data: quote[:min(len(quote), quoteMost)]}
	}
	m := ICMP{V6: true, Type: r.type6, Code: r.code6, Data: quote[:min(len(quote), quoteMostIPv6)]}
	if r == protoUnknown {
		m.Seq = nextHeaderByte
	}
	return m
}
