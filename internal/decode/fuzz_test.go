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
	return [][]byte{tcp4, tcp6, udp4, icmp, gre}
}

// FuzzDecode: any bytes, any link: no panic, a known reason, a bounded walk,
// and the same answer twice.
func FuzzDecode(f *testing.F) {
	for _, s := range seeds(f) {
		for i := range fuzzLinks {
			f.Add(uint8(i), true, s)
		}
	}
	f.Fuzz(func(t *testing.T, link uint8, mirrors bool, frame []byte) {
		d := Decoder{Mirrors: mirrors}
		var p, q Packet
		r := d.Decode(fuzzLinks[int(link)%len(fuzzLinks)], frame, len(frame), &p)
		if r >= reasonCount || p.HeaderWalk > maxHeaders+1 {
			t.Fatalf("reason %d, %d headers", r, p.HeaderWalk)
		}
		if r == Decoded && p.Kind == KindNone {
			t.Fatal("decoded, but to nothing")
		}
		if r2 := d.Decode(fuzzLinks[int(link)%len(fuzzLinks)], frame, len(frame), &q); r2 != r || p != q {
			t.Fatal("two answers for one packet")
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
		switch {
		case p.Kind == KindTCP && !p.Fragmented:
			tcp, ok := g.Layer(layers.LayerTypeTCP).(*layers.TCP)
			if !ok {
				return
			}
			if uint16(tcp.SrcPort) != p.SrcPort || uint16(tcp.DstPort) != p.DstPort || tcp.Seq != p.Seq || tcp.Ack != p.Ack ||
				tcp.Window != p.Window || tcp.Urgent != p.Urgent || tcp.SYN != (p.Flags&SYN != 0) || tcp.FIN != (p.Flags&FIN != 0) ||
				tcp.RST != (p.Flags&RST != 0) || tcp.ACK != (p.Flags&ACK != 0) || tcp.URG != (p.Flags&URG != 0) || tcp.ECE != (p.Flags&ECE != 0) {
				t.Fatalf("TCP: %+v\nours: %+v", tcp, p)
			}
		case p.Kind == KindUDP && !p.Fragmented:
			udp, ok := g.Layer(layers.LayerTypeUDP).(*layers.UDP)
			if ok && (uint16(udp.SrcPort) != p.SrcPort || uint16(udp.DstPort) != p.DstPort) {
				t.Fatalf("UDP: %+v\nours: %+v", udp, p)
			}
		}
		if ip, ok := g.NetworkLayer().(*layers.IPv4); ok && !p.V6 && p.Kind != KindARP && len(ip.SrcIP) == 4 {
			if ip.TTL != p.TTL || uint32(ip.Id) != p.ID || [4]byte(ip.SrcIP) != [4]byte(p.Src[:4]) || [4]byte(ip.DstIP) != [4]byte(p.Dst[:4]) || ip.FragOffset*8 != p.FragOffset {
				t.Fatalf("IPv4: %+v\nours: %+v", ip, p)
			}
		}
	})
}
