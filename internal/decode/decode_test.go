package decode

import (
	"net"
	"testing"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
)

// build serialises layers with gopacket, which knows nothing of this package.
func build(t testing.TB, stack ...gopacket.SerializableLayer) []byte {
	t.Helper()
	buf := gopacket.NewSerializeBuffer()
	opts := gopacket.SerializeOptions{FixLengths: true, ComputeChecksums: true}
	for _, l := range stack {
		switch l := l.(type) {
		case *layers.TCP:
			l.SetNetworkLayerForChecksum(network(stack))
		case *layers.UDP:
			l.SetNetworkLayerForChecksum(network(stack))
		case *layers.ICMPv6:
			l.SetNetworkLayerForChecksum(network(stack))
		}
	}
	if err := gopacket.SerializeLayers(buf, opts, stack...); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

func network(stack []gopacket.SerializableLayer) gopacket.NetworkLayer {
	var n gopacket.NetworkLayer
	for _, l := range stack {
		if l, ok := l.(gopacket.NetworkLayer); ok {
			n = l
		}
	}
	return n
}

var (
	macA = net.HardwareAddr{2, 0, 0, 0, 0, 1}
	macB = net.HardwareAddr{2, 0, 0, 0, 0, 2}
)

func eth(t layers.EthernetType) *layers.Ethernet {
	return &layers.Ethernet{SrcMAC: macA, DstMAC: macB, EthernetType: t}
}

func v4(p layers.IPProtocol) *layers.IPv4 {
	return &layers.IPv4{Version: 4, TTL: 57, Id: 0xd431, Flags: layers.IPv4DontFragment, Protocol: p,
		SrcIP: net.IP{192, 0, 2, 1}, DstIP: net.IP{10, 0, 0, 1}}
}

func v6(p layers.IPProtocol) *layers.IPv6 {
	return &layers.IPv6{Version: 6, HopLimit: 64, NextHeader: p, SrcIP: net.ParseIP("2001:db8::1"), DstIP: net.ParseIP("2001:db8::2")}
}

func syn() *layers.TCP {
	return &layers.TCP{SrcPort: 40000, DstPort: 512, Seq: 0x01020304, SYN: true, Window: 1024,
		Options: []layers.TCPOption{
			{OptionType: layers.TCPOptionKindMSS, OptionLength: 4, OptionData: []byte{5, 0xb4}},
			{OptionType: layers.TCPOptionKindSACKPermitted, OptionLength: 2},
			{OptionType: layers.TCPOptionKindTimestamps, OptionLength: 10, OptionData: []byte{0, 0, 0, 9, 0, 0, 0, 8}},
			{OptionType: layers.TCPOptionKindNop, OptionLength: 1},
			{OptionType: layers.TCPOptionKindWindowScale, OptionLength: 3, OptionData: []byte{7}},
		}}
}

func decodeOne(t *testing.T, d Decoder, link Link, frame []byte) Packet {
	t.Helper()
	var p Packet
	if r := d.Decode(link, frame, len(frame), &p); r != Decoded {
		t.Fatalf("decode: %s (% x)", r, frame)
	}
	return p
}

func TestTCPOverIPv4(t *testing.T) {
	frame := build(t, eth(layers.EthernetTypeIPv4), v4(layers.IPProtocolTCP), syn(), gopacket.Payload("abc"))
	p := decodeOne(t, Decoder{}, LinkEthernet, frame)
	if p.Kind != KindTCP || p.V6 || [4]byte(p.Src[:4]) != [4]byte{192, 0, 2, 1} || [4]byte(p.Dst[:4]) != [4]byte{10, 0, 0, 1} {
		t.Errorf("addresses: %+v", p)
	}
	if p.SrcPort != 40000 || p.DstPort != 512 || p.Flags != SYN || p.Seq != 0x01020304 || p.Window != 1024 || p.DataLen != 3 {
		t.Errorf("TCP: %+v", p)
	}
	if p.TTL != 57 || p.ID != 0xd431 || !p.DF || p.MF || p.Fragmented || [6]byte(macA) != p.SrcMAC {
		t.Errorf("IP: %+v", p)
	}
	o := p.Options
	if !o.HasMSS || o.MSS != 1460 || !o.SACKOK || !o.HasTS || o.TSVal != 9 || o.TSEcr != 8 || !o.HasWS || o.WS != 7 || o.Bad || o.Len != 20 {
		t.Errorf("options: %+v", o)
	}
	// MSS, SACKOK, TS, NOP, WS: five bits each, the first in the lowest.
	if want := uint64(2 | 4<<5 | 8<<10 | 1<<15 | 3<<20); o.Layout != want || o.LayoutBy != 5 {
		t.Errorf("layout %#x by %d, want %#x", o.Layout, o.LayoutBy, want)
	}
}

func TestVLANAndPadding(t *testing.T) {
	outer := &layers.Dot1Q{VLANIdentifier: 7, Type: layers.EthernetTypeDot1Q}
	inner := &layers.Dot1Q{VLANIdentifier: 42, Type: layers.EthernetTypeIPv4}
	frame := build(t, eth(layers.EthernetTypeQinQ), outer, inner, v4(layers.IPProtocolUDP),
		&layers.UDP{SrcPort: 1, DstPort: 69})
	frame = append(frame, make([]byte, 18)...) // Ethernet padding is no payload
	p := decodeOne(t, Decoder{}, LinkEthernet, frame)
	if p.VLAN != 42 || p.Kind != KindUDP || p.DstPort != 69 || p.DataLen != 0 {
		t.Errorf("%+v", p)
	}
}

func TestIPv6ExtensionsAndFragments(t *testing.T) {
	tcpBytes := build(t, syn0())
	ext := func(next uint8, rest ...byte) []byte { return append([]byte{next, 0}, rest...) }
	hop := ext(60, 1, 4, 0, 0, 0, 0)
	dst := ext(44, 1, 4, 0, 0, 0, 0)
	first := []byte{6, 0, 0, 1, 0, 0, 0, 99} // offset 0, more, id 99
	later := []byte{6, 0, 0, 0x10, 0, 0, 0, 99}
	packet := func(parts ...[]byte) []byte {
		var body []byte
		for _, b := range parts {
			body = append(body, b...)
		}
		ip := v6(0)
		return build(t, ip, gopacket.Payload(body))
	}
	p := decodeOne(t, Decoder{}, LinkRaw, packet(hop, dst, first, tcpBytes))
	if p.Kind != KindTCP || !p.MF || !p.Fragmented || p.FragOffset != 0 || p.ID != 99 || p.Flags != SYN {
		t.Errorf("first fragment: %+v", p)
	}
	p = decodeOne(t, Decoder{}, LinkRaw, packet(hop, dst, later, tcpBytes))
	if p.Kind != KindFragment || p.FragOffset != 16 || p.MF || p.Proto != 6 {
		t.Errorf("later fragment: %+v", p)
	}
}

// syn0 is a SYN without a network layer to take a checksum from.
func syn0() gopacket.SerializableLayer {
	return gopacket.Payload([]byte{0x9c, 0x40, 2, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0x50, 2, 4, 0, 0, 0, 0, 0})
}

func TestTinyFragment(t *testing.T) {
	ip := v4(layers.IPProtocolTCP)
	ip.Flags = layers.IPv4MoreFragments
	p := decodeOne(t, Decoder{}, LinkRaw, build(t, ip, gopacket.Payload([]byte{0x9c, 0x40, 2, 0, 0, 0, 0, 1})))
	if p.Kind != KindTCP || p.DstPort != 512 || p.Flags != 0 || !p.MF {
		t.Errorf("%+v", p)
	}
}

func TestICMPErrorQuotes(t *testing.T) {
	quoted := build(t, v4(layers.IPProtocolUDP), &layers.UDP{SrcPort: 4000, DstPort: 161})
	ip := v4(layers.IPProtocolICMPv4)
	p := decodeOne(t, Decoder{}, LinkRaw, build(t, ip,
		&layers.ICMPv4{TypeCode: layers.CreateICMPv4TypeCode(3, 3)}, gopacket.Payload(quoted)))
	if q := p.Quoted; !q.Valid || q.Proto != 17 || q.SrcPort != 4000 || q.DstPort != 161 || [4]byte(q.Dst[:4]) != [4]byte{10, 0, 0, 1} {
		t.Errorf("%+v", p.Quoted)
	}
	p = decodeOne(t, Decoder{}, LinkRaw, build(t, ip,
		&layers.ICMPv4{TypeCode: layers.CreateICMPv4TypeCode(3, 3)}, gopacket.Payload(quoted[:22])))
	if p.Quoted.Valid {
		t.Error("two bytes behind the quoted header told both ports")
	}
	quoted6 := build(t, v6(layers.IPProtocolTCP), &layers.TCP{SrcPort: 5, DstPort: 6})
	p = decodeOne(t, Decoder{}, LinkRaw, build(t, v6(layers.IPProtocolICMPv6),
		&layers.ICMPv6{TypeCode: layers.CreateICMPv6TypeCode(1, 4)}, gopacket.Payload(append(make([]byte, 4), quoted6...))))
	if q := p.Quoted; !q.Valid || q.DstPort != 6 || q.Src[15] != 1 {
		t.Errorf("IPv6: %+v", p.Quoted)
	}
}

func TestARP(t *testing.T) {
	frame := build(t, eth(layers.EthernetTypeARP), &layers.ARP{AddrType: layers.LinkTypeEthernet, Protocol: layers.EthernetTypeIPv4,
		HwAddressSize: 6, ProtAddressSize: 4, Operation: 1, SourceHwAddress: macA, SourceProtAddress: []byte{10, 0, 0, 9},
		DstHwAddress: make([]byte, 6), DstProtAddress: []byte{10, 0, 0, 77}})
	p := decodeOne(t, Decoder{}, LinkEthernet, frame)
	if p.Kind != KindARP || p.ARPOp != 1 || p.Src[3] != 9 || p.Dst[3] != 77 || p.ARPSender != [6]byte(macA) {
		t.Errorf("%+v", p)
	}
}

func TestMirrors(t *testing.T) {
	inner := build(t, eth(layers.EthernetTypeIPv4), v4(layers.IPProtocolTCP), syn())
	outer := v4(layers.IPProtocolGRE)
	outer.SrcIP = net.IP{172, 16, 0, 1}
	erspan2 := append([]byte{0x10, 0, 0x88, 0xbe, 0, 0, 0, 1, 0x10, 0, 0, 0, 0, 0, 0, 0}, inner...)
	erspan3 := append([]byte{0x10, 0, 0x22, 0xeb, 0, 0, 0, 1, 0x20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}, inner...)
	bridged := append([]byte{0, 0, 0x65, 0x58}, inner...)
	vxlan := append([]byte{8, 0, 0, 0, 0, 0, 1, 0}, inner...)
	for name, frame := range map[string][]byte{
		"erspan 2": build(t, outer, gopacket.Payload(erspan2)),
		"erspan 3": build(t, outer, gopacket.Payload(erspan3)),
		"gre":      build(t, outer, gopacket.Payload(bridged)),
		"vxlan":    build(t, v4(layers.IPProtocolUDP), &layers.UDP{SrcPort: 9, DstPort: 4789}, gopacket.Payload(vxlan)),
	} {
		p := decodeOne(t, Decoder{Mirrors: true}, LinkRaw, frame)
		if p.Kind != KindTCP || p.Src[0] != 192 || p.DstPort != 512 || p.Tunnel == TunnelNone || p.SrcMAC != [6]byte(macA) {
			t.Errorf("%s: %+v", name, p)
		}
		if p := decodeOne(t, Decoder{}, LinkRaw, frame); p.Kind == KindTCP {
			t.Errorf("%s was opened on an ordinary interface", name)
		}
	}
}

func TestLinks(t *testing.T) {
	ip := build(t, v4(layers.IPProtocolTCP), syn())
	for name, c := range map[string]struct {
		link   Link
		header []byte
	}{
		"null, little endian": {LinkNull, []byte{2, 0, 0, 0}},
		"null, big endian":    {LinkNull, []byte{0, 0, 0, 2}},
		"loop":                {LinkLoop, []byte{0, 0, 0, 2}},
		"raw":                 {LinkRaw, nil},
		"cooked 1":            {LinkSLL, []byte{0, 0, 0, 1, 0, 6, 2, 0, 0, 0, 0, 1, 0, 0, 8, 0}},
		"cooked 2":            {LinkSLL2, []byte{8, 0, 0, 0, 0, 0, 0, 1, 0, 1, 0, 6, 2, 0, 0, 0, 0, 1, 0, 0}},
	} {
		p := decodeOne(t, Decoder{}, c.link, append(c.header, ip...))
		if p.DstPort != 512 {
			t.Errorf("%s: %+v", name, p)
		}
		if c.link == LinkSLL && p.SrcMAC != [6]byte(macA) || c.link == LinkSLL2 && p.SrcMAC != [6]byte(macA) {
			t.Errorf("%s: MAC %x", name, p.SrcMAC)
		}
	}
}

func TestReasons(t *testing.T) {
	good := build(t, v4(layers.IPProtocolTCP), syn())
	edit := func(at int, v byte) []byte {
		b := append([]byte(nil), good...)
		b[at] = v
		return b
	}
	loopOfExtensions := append(build(t, v6(0)), make([]byte, 8*40)...) // hop-by-hop in hop-by-hop in ...
	loopOfExtensions[4], loopOfExtensions[5] = 8*40>>8, 8*40&0xff
	for name, c := range map[string]struct {
		link  Link
		frame []byte
		want  Reason
	}{
		"empty":                 {LinkEthernet, nil, MalformedLink},
		"unknown link":          {147, good, IgnoredLink},
		"header length 16":      {LinkRaw, edit(0, 0x44), MalformedIPv4},
		"total below header":    {LinkIPv4, edit(3, 19), MalformedIPv4},
		"total past the frame":  {LinkRaw, edit(3, 255), MalformedIPv4},
		"version 5":             {LinkRaw, edit(0, 0x55), MalformedLink},
		"data offset 4":         {LinkRaw, edit(32, 0x40), MalformedTCP},
		"data offset past end":  {LinkRaw, edit(32, 0xf0), MalformedTCP},
		"cut in the TCP header": {LinkRaw, build(t, v4(layers.IPProtocolTCP), gopacket.Payload(good[20:30])), MalformedTCP},
		"extension loop":        {LinkRaw, loopOfExtensions, TooManyHeaders},
		"spanning tree":         {LinkEthernet, build(t, eth(0x4242), gopacket.Payload("x")), IgnoredEtherType},
		"loopback, appletalk":   {LinkLoop, []byte{0, 0, 0, 16, 1, 2}, IgnoredFamily},
	} {
		var p Packet
		if got := (Decoder{}).Decode(c.link, c.frame, len(c.frame), &p); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}

// TestBadOptions: lengths that lie end the walk and are noted.
func TestBadOptions(t *testing.T) {
	for _, options := range [][]byte{{2, 0, 0, 0}, {2, 1, 0, 0}, {8, 10, 0, 0}, {2, 255, 0, 0}} {
		seg := append([]byte{0, 1, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0x60, 2, 0, 0, 0, 0, 0, 0}, options...)
		p := decodeOne(t, Decoder{}, LinkRaw, build(t, v4(layers.IPProtocolTCP), gopacket.Payload(seg)))
		if !p.Options.Bad {
			t.Errorf("% x: not noted", options)
		}
	}
}

func TestNoAllocation(t *testing.T) {
	frame := build(t, eth(layers.EthernetTypeIPv4), v4(layers.IPProtocolTCP), syn())
	var p Packet
	if n := testing.AllocsPerRun(1000, func() { Decoder{Mirrors: true}.Decode(LinkEthernet, frame, len(frame), &p) }); n != 0 {
		t.Errorf("%v allocations a packet", n)
	}
}
