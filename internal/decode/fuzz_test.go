package decode

import (
	"testing"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
)

var fuzzLinks = []Link{LinkEthernet, LinkSLL, LinkSLL2, LinkNull, LinkLoop, LinkRaw, LinkIPv4, LinkIPv6}

func seeds(f *testing.F) [][]byte {
	tcp6 := build(f, eth(layers.EthernetTypeIPv6), v6(layers.IPProtocolTCP), syn())
	tcp4 := build(f, eth(layers.EthernetTypeIPv4), v4(layers.IPProtocolTCP), syn())
	udp4 := build(f, eth(layers.EthernetTypeIPv4), v4(layers.IPProtocolUDP), &layers.UDP{SrcPort: 53, DstPort: 4789}, gopacket.Payload("\x08\x00\x00\x00\x00\x00\x00\x00"))
	icmp := build(f, eth(layers.EthernetTypeIPv4), v4(layers.IPProtocolICMPv4), &layers.ICMPv4{TypeCode: 0x0303}, gopacket.Payload(tcp4[14:]))
	gre := build(f, eth(layers.EthernetTypeIPv4), v4(layers.IPProtocolGRE), gopacket.Payload(append([]byte{0, 0, 0x65, 0x58}, tcp6...)))
	list := [][]byte{tcp4, tcp6, udp4, icmp, gre}
	for _, g := range goods() {
		t := 0x0800
		if g.frame[0]>>4 == 6 {
			t = 0x86dd
		}
		list = append(list, ether(t, g.frame), ether(0x8100, be16(7), be16(t), g.frame), ether(0x0800, ip4(47, greBits(0x3000, t, g.frame))))
	}
	return append(list, ether(0x0806, []byte{0, 1, 8, 0, 6, 4, 0, 1, 2, 0, 0, 0, 0, 1, 10, 0, 0, 9, 0, 0, 0, 0, 0, 0, 10, 0, 0, 77}))
}

// FuzzDecode: any bytes, any link: no panic, a known reason, a bounded walk,
// and the same answer twice.
func FuzzDecode(f *testing.F) {
	for _, s := range seeds(f) {
		for i := range fuzzLinks {
			f.Add(uint8(i), true, uint16(0), s)
			f.Add(uint8(i), false, uint16(900), s)
		}
	}
	f.Fuzz(func(t *testing.T, link uint8, mirrors bool, cut uint16, frame []byte) {
		d := Decoder{Mirrors: mirrors}
		var p, q Packet
		l, length := fuzzLinks[int(link)%len(fuzzLinks)], len(frame)+int(cut)
		r := d.Decode(l, frame, length, &p)
		if r >= reasonCount || p.HeaderWalk > maxHeaders+1 {
			t.Fatalf("reason %d, %d headers", r, p.HeaderWalk)
		}
		if r == Decoded && p.Kind == KindNone {
			t.Fatal("decoded, but to nothing")
		}
		q = Packet{Kind: KindARP, SrcPort: 1, NDTarget: [16]byte{1}, Quoted: Quote{Valid: true}} // is overwritten
		if r2 := d.Decode(l, frame, length, &q); r2 != r || p != q {
			t.Fatal("two answers for one packet")
		}
		if p.Truncated != (cut > 0) || !mirrors && p.Tunnel != TunnelNone || p.Fragmented != (p.MF || p.FragOffset > 0) {
			t.Fatalf("%+v", p)
		}
		if p.Options.Len > 40 || p.Options.LayoutBy > maxTCPOptions || p.Options.Layout>>(5*p.Options.LayoutBy) != 0 {
			t.Fatalf("options %+v", p.Options)
		}
	})
}

// FuzzOracle holds the fields against gopacket's layers, wherever both accept
// the packet. gopacket is the more lenient of the two, so the converse is not
// asked.
func FuzzOracle(f *testing.F) {
	for _, s := range seeds(f) {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, frame []byte) {
		var p Packet
		if (Decoder{}).Decode(LinkEthernet, frame, len(frame), &p) != Decoded {
			return
		}
		g := gopacket.NewPacket(frame, layers.LayerTypeEthernet, gopacket.DecodeOptions{Lazy: false, NoCopy: true})
		if !p.Fragmented {
			transportOracle(t, &p, g)
		}
		networkOracle(t, &p, g)
	})
}

func transportOracle(t *testing.T, p *Packet, g gopacket.Packet) {
	t.Helper()
	switch p.Kind {
	case KindTCP:
		tcp, ok := g.Layer(layers.LayerTypeTCP).(*layers.TCP)
		if !ok {
			return
		}
		if uint16(tcp.SrcPort) != p.SrcPort || uint16(tcp.DstPort) != p.DstPort || tcp.Seq != p.Seq || tcp.Ack != p.Ack ||
			tcp.Window != p.Window || tcp.Urgent != p.Urgent || tcp.SYN != (p.Flags&SYN != 0) || tcp.FIN != (p.Flags&FIN != 0) ||
			tcp.RST != (p.Flags&RST != 0) || tcp.ACK != (p.Flags&ACK != 0) || tcp.URG != (p.Flags&URG != 0) || tcp.PSH != (p.Flags&PSH != 0) ||
			tcp.ECE != (p.Flags&ECE != 0) || tcp.CWR != (p.Flags&CWR != 0) || tcp.NS != (p.Flags&Reserved9 != 0) {
			t.Fatalf("TCP: %+v\nours: %+v", tcp, p)
		}
	case KindUDP:
		if udp, ok := g.Layer(layers.LayerTypeUDP).(*layers.UDP); ok && (uint16(udp.SrcPort) != p.SrcPort || uint16(udp.DstPort) != p.DstPort) {
			t.Fatalf("UDP: %+v\nours: %+v", udp, p)
		}
	case KindICMP:
		if m, ok := g.Layer(layers.LayerTypeICMPv4).(*layers.ICMPv4); ok &&
			(m.TypeCode.Type() != p.ICMPType || m.TypeCode.Code() != p.ICMPCode || m.Id != p.ICMPID || m.Seq != p.ICMPSeq) {
			t.Fatalf("ICMP: %+v\nours: %+v", m, p)
		}
	case KindICMPv6:
		if m, ok := g.Layer(layers.LayerTypeICMPv6).(*layers.ICMPv6); ok && (m.TypeCode.Type() != p.ICMPType || m.TypeCode.Code() != p.ICMPCode) {
			t.Fatalf("ICMPv6: %+v\nours: %+v", m, p)
		}
		if n, ok := g.Layer(layers.LayerTypeICMPv6NeighborSolicitation).(*layers.ICMPv6NeighborSolicitation); ok && !n.TargetAddress.Equal(p.NDTarget[:]) {
			t.Fatalf("ND: %+v\nours: %+v", n, p)
		}
	case KindSCTP:
		if s, ok := g.Layer(layers.LayerTypeSCTP).(*layers.SCTP); ok &&
			(uint16(s.SrcPort) != p.SrcPort || uint16(s.DstPort) != p.DstPort || s.VerificationTag != p.SCTPTag) {
			t.Fatalf("SCTP: %+v\nours: %+v", s, p)
		}
	case KindARP:
		if a, ok := g.Layer(layers.LayerTypeARP).(*layers.ARP); ok &&
			(a.Operation != p.ARPOp || [6]byte(a.SourceHwAddress) != p.ARPSender || [4]byte(a.SourceProtAddress) != [4]byte(p.Src[:4]) || [4]byte(a.DstProtAddress) != [4]byte(p.Dst[:4])) {
			t.Fatalf("ARP: %+v\nours: %+v", a, p)
		}
	}
}

func networkOracle(t *testing.T, p *Packet, g gopacket.Packet) {
	t.Helper()
	if e, ok := g.LinkLayer().(*layers.Ethernet); ok && ([6]byte(e.SrcMAC) != p.SrcMAC || [6]byte(e.DstMAC) != p.DstMAC) {
		t.Fatalf("Ethernet: %+v\nours: %+v", e, p)
	}
	if ip, ok := g.NetworkLayer().(*layers.IPv4); ok && !p.V6 && p.Kind != KindARP && len(ip.SrcIP) == 4 {
		if ip.TTL != p.TTL || uint32(ip.Id) != p.ID || [4]byte(ip.SrcIP) != [4]byte(p.Src[:4]) || [4]byte(ip.DstIP) != [4]byte(p.Dst[:4]) || ip.FragOffset*8 != p.FragOffset {
			t.Fatalf("IPv4: %+v\nours: %+v", ip, p)
		}
	}
	if ip, ok := g.NetworkLayer().(*layers.IPv6); ok && p.V6 && len(ip.SrcIP) == 16 {
		if ip.HopLimit != p.TTL || [16]byte(ip.SrcIP) != p.Src || [16]byte(ip.DstIP) != p.Dst || ip.TrafficClass != p.TOS {
			t.Fatalf("IPv6: %+v\nours: %+v", ip, p)
		}
	}
}
