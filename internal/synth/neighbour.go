package synth

import (
	"encoding/binary"
	"net/netip"
)

// ARP is a message of ARP (RFC 826); it has no IP header.
type ARP struct {
	Op                 uint16 // 1 asks, 2 answers
	SenderMAC, SeenMAC MAC
	Sender, Target     netip.Addr
}

// Proto is no IP protocol.
func (a ARP) Proto() uint8 { return 0 }

// Append appends the message's bytes.
func (a ARP) Append(b []byte, _, _ netip.Addr) []byte {
	b = append(b, 0, 1, 8, 0, 6, 4)
	b = binary.BigEndian.AppendUint16(b, a.Op)
	b = append(append(b, a.SenderMAC[:]...), a.Sender.AsSlice()...)
	return append(append(b, a.SeenMAC[:]...), a.Target.AsSlice()...)
}

var everybody = MAC{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}

// whoHas asks for the hardware address of an address.
func whoHas(from netip.Addr, mac MAC, target netip.Addr) *Packet {
	if from.Is4() {
		return &Packet{Src: from, Dst: target, SrcMAC: mac, DstMAC: everybody, Body: ARP{Op: 1, SenderMAC: mac, Sender: from, Target: target}}
	}
	group := solicited(target)
	hw, _ := multicast(group)
	return &Packet{
		Src: from, Dst: group, SrcMAC: mac, DstMAC: hw, TTL: 255,
		Body: ICMP{V6: true, Type: 135, Data: append(target.AsSlice(), append([]byte{1, 1}, mac[:]...)...)},
	}
}

// isAt answers it.
func isAt(from netip.Addr, mac MAC, to netip.Addr, toMAC MAC) *Packet {
	if from.Is4() {
		return &Packet{Src: from, Dst: to, SrcMAC: mac, DstMAC: toMAC, Body: ARP{Op: 2, SenderMAC: mac, SeenMAC: toMAC, Sender: from, Target: to}}
	}
	return &Packet{
		Src: from, Dst: to, SrcMAC: mac, DstMAC: toMAC, TTL: 255,
		Body: ICMP{V6: true, Type: 136, ID: 0x6000, Data: append(from.AsSlice(), append([]byte{2, 1}, mac[:]...)...)},
	}
}

// solicited is the group in which an address is looked for (RFC 4291 section
// 2.7.1).
func solicited(a netip.Addr) netip.Addr {
	v := a.As16()
	return netip.AddrFrom16([16]byte{0xff, 2, 11: 1, 12: 0xff, 13: v[13], 14: v[14], 15: v[15]})
}
