package decode

import (
	"bytes"
	"fmt"
	"net/netip"
	"testing"
)

// greBits is a GRE header with the fields that its flags announce.
func greBits(flags, protocol int, body ...[]byte) []byte {
	b := join(be16(flags), be16(protocol))
	for _, bit := range []int{0x8000, 0x2000, 0x1000} {
		if flags&bit != 0 {
			b = append(b, 0xaa, 0xbb, 0xcc, 0xdd)
		}
	}
	return join(b, join(body...))
}

func TestHostileTunnels(t *testing.T) {
	inner := ether(0x0800, ip4(6, segment()))
	opened := func(tunnel Tunnel) func(*Packet) bool {
		return func(p *Packet) bool {
			return p.Tunnel == tunnel && p.Kind == KindTCP && p.DstPort == 512 && p.Src[0] == 192 && !p.V6 && p.NDTarget == [16]byte{}
		}
	}
	outside := func(kind Kind) func(*Packet) bool {
		return func(p *Packet) bool { return p.Tunnel == TunnelNone && p.Kind == kind }
	}
	var rows []hostile
	for flags := 0; flags < 0x10000; flags += 0x1000 {
		want, check := Decoded, opened(TunnelGRE)
		if flags&0x4000 != 0 { // routing, which RFC 2784 took away
			want, check = MalformedTunnel, nil
		}
		rows = append(rows,
			hostile{fmt.Sprintf("bridged, flags %#x", flags), ip4(47, greBits(flags, 0x6558, inner)), want, check},
			hostile{fmt.Sprintf("routed, flags %#x", flags), ip4(47, greBits(flags, 0x0800, ip4(6, segment()))), want, check})
	}
	vxlan := func(flags byte, body ...[]byte) []byte {
		b := join([]byte{flags, 0, 0, 0, 0, 0, 9, 0}, join(body...))
		return with(datagram(8+len(b), b), 2, 4789>>8, 3, 4789&0xff)
	}
	nested := func(n int) []byte {
		b := ip4(6, segment())
		for range n {
			b = ip4(47, greBits(0, 0x0800, b))
		}
		return b
	}
	rows = append(rows, []hostile{
		{"version 1, as of PPTP", ip4(47, greBits(0x2001, 0x880b, make([]byte, 20))), MalformedTunnel, nil},
		{"no header", ip4(47), MalformedTunnel, nil},
		{"3 bytes", ip4(47, []byte{0, 0, 8}), MalformedTunnel, nil},
		{"a key that is cut", ip4(47, greBits(0x2000, 0x0800)[:7]), MalformedTunnel, nil},
		{"nothing inside", ip4(47, greBits(0, 0x0800)), MalformedIPv4, nil},
		{"bridged, 13 bytes inside", ip4(47, greBits(0, 0x6558, inner[:13])), MalformedLink, nil},
		{"a keepalive", ip4(47, greBits(0, 0)), IgnoredEtherType, nil},
		{"IPv6 inside", ip4(47, greBits(0, 0x86dd, ip6(6, segment()))), Decoded, func(p *Packet) bool { return p.V6 && p.Kind == KindTCP && p.Src[15] == 1 }},
		{"IPv6 outside", ip6(47, greBits(0, 0x6558, inner)), Decoded, opened(TunnelGRE)},
		{"in a fragment", ip4frag(47, 0x2000, greBits(0, 0x6558, inner)), Decoded, outside(KindIP)},
		{"in a later fragment", ip4frag(47, 1, greBits(0, 0x6558, inner)), Decoded, outside(KindFragment)},
		{"7 deep", nested(7), Decoded, opened(TunnelGRE)}, // 15 headers
		{"8 deep", nested(8), TooManyHeaders, nil},
		{"500 deep", nested(500), TooManyHeaders, nil},

		{"ERSPAN I", ip4(47, greBits(0, 0x88be, inner)), Decoded, opened(TunnelERSPAN)},
		{"ERSPAN II", ip4(47, greBits(0x1000, 0x88be, make([]byte, 8), inner)), Decoded, opened(TunnelERSPAN)},
		{"ERSPAN II, 7 bytes", ip4(47, greBits(0x1000, 0x88be, make([]byte, 7))), MalformedTunnel, nil},
		{"ERSPAN II, nothing inside", ip4(47, greBits(0x1000, 0x88be, make([]byte, 8))), MalformedLink, nil},
		{"ERSPAN III", ip4(47, greBits(0x1000, 0x22eb, make([]byte, 12), inner)), Decoded, opened(TunnelERSPAN)},
		{"ERSPAN III with a sub-header", ip4(47, greBits(0x1000, 0x22eb, make([]byte, 11), []byte{1}, make([]byte, 8), inner)), Decoded, opened(TunnelERSPAN)},
		{"ERSPAN III, 11 bytes", ip4(47, greBits(0x1000, 0x22eb, make([]byte, 11))), MalformedTunnel, nil},
		{"ERSPAN III, its sub-header cut", ip4(47, greBits(0x1000, 0x22eb, make([]byte, 11), []byte{1}, make([]byte, 7))), MalformedTunnel, nil},

		{"VXLAN", ip4(17, vxlan(8, inner)), Decoded, opened(TunnelVXLAN)},
		{"VXLAN over IPv6", ip6(17, vxlan(8, inner)), Decoded, opened(TunnelVXLAN)},
		{"VXLAN, other flags", ip4(17, vxlan(0, inner)), Decoded, outside(KindUDP)},
		{"VXLAN, more flags", ip4(17, vxlan(0x88, inner)), Decoded, outside(KindUDP)},
		{"VXLAN, 7 bytes", ip4(17, with(datagram(15, []byte{8, 0, 0, 0, 0, 0, 9}), 2, 4789>>8, 3, 4789&0xff)), Decoded, outside(KindUDP)},
		{"VXLAN, nothing inside", ip4(17, vxlan(8)), MalformedLink, nil},
		{"VXLAN in a fragment", ip4frag(17, 0x2000, vxlan(8, inner)), Decoded, outside(KindUDP)},
		{"VXLAN from that port only", ip4(17, with(vxlan(8, inner), 0, 4789>>8, 1, 4789&0xff, 2, 9)), Decoded, outside(KindUDP)},
		{"VXLAN in ERSPAN", ip4(47, greBits(0, 0x88be, ether(0x0800, ip4(17, vxlan(8, inner))))), Decoded, opened(TunnelVXLAN)},
	}...)
	runHostile(t, Decoder{Mirrors: true}, LinkRaw, rows)
	for _, from := range []struct {
		prefix string
		opens  bool
	}{{"192.0.2.0/24", true}, {"2001:db8::/32", true}, {"192.0.3.0/24", false}, {"2001:db9::/32", false}} {
		d := Decoder{Mirrors: true, From: []netip.Prefix{netip.MustParsePrefix(from.prefix)}}
		v6 := d.From[0].Addr().Is6()
		for _, frame := range [][]byte{ip4(17, vxlan(8, inner)), ip4(47, greBits(0, 0x6558, inner)), ip6(17, vxlan(8, inner)), ip6(47, greBits(0, 0x6558, inner))} {
			var p Packet
			d.Decode(LinkRaw, frame, len(frame), &p)
			if want := from.opens && v6 == (frame[0]>>4 == 6); p.Tunnel != TunnelNone != want {
				t.Errorf("a tunnel of IPv%d, from %s alone: opened %v", frame[0]>>4, from.prefix, !want)
			}
		}
	}
	for _, tt := range rows {
		var p Packet
		if (Decoder{}).Decode(LinkRaw, tt.frame, len(tt.frame), &p); p.Tunnel != TunnelNone {
			t.Errorf("%s: opened on an ordinary interface", tt.name)
		}
	}
}

// TestOuterIsForgotten: of the packet outside nothing is told but its VLAN.
func TestOuterIsForgotten(t *testing.T) {
	inner := with(ether(0x0800, with(ip4(6, segment()), 8, 3)), 0, 6, 6, 6)
	outer := ether(0x8100, be16(77), be16(0x0800), with(ip4(47, greBits(0, 0x6558, inner)), 1, 0xff, 6, 0x40))
	p := decodeOne(t, Decoder{Mirrors: true}, LinkEthernet, outer)
	var alone Packet
	if r := (Decoder{}).Decode(LinkEthernet, inner, len(inner), &alone); r != Decoded {
		t.Fatal(r)
	}
	alone.VLAN, alone.Tunnel, alone.HeaderWalk = 77, TunnelGRE, p.HeaderWalk
	if p != alone {
		t.Errorf("mirrored %+v\n   alone %+v", p, alone)
	}
}

// goods are one packet of every kind, with the length of all headers before that
// of the transport. A capture that ends inside extension headers cannot tell
// what the packet is, which is counted with the malformed ones.
func goods() map[string]struct {
	frame []byte
	net   int
} {
	target := append([]byte{0xfe, 0x80}, make([]byte, 14)...)
	ext := join([]byte{44, 0}, make([]byte, 6), []byte{6, 0, 0, 0, 0, 0, 0, 9})
	return map[string]struct {
		frame []byte
		net   int
	}{
		"TCP":        {ip4(6, segment(2, 4, 5, 0xb4, 8, 10, 0, 0, 0, 1, 0, 0, 0, 2, 1, 1), []byte("data")), 20},
		"TCP, IPv6":  {ip6(6, segment(2, 4, 5, 0xb4), []byte("data")), 40},
		"extensions": {ip6(60, ext, segment(), []byte("data")), 56},
		"UDP":        {ip4(17, datagram(12, []byte("data"))), 20},
		"ICMP":       {ip4(1, []byte{3, 3, 0, 0, 0, 0, 0, 0}, ip4(17, datagram(12, []byte("data")))), 20},
		"ND":         {ip6(58, []byte{135, 0, 0, 0, 0, 0, 0, 0}, target, []byte{1, 1, 2, 0, 0, 0, 0, 1}), 40},
		"SCTP":       {ip4(132, join(be16(1), be16(2), make([]byte, 8), []byte{1, 0, 0, 4})), 20},
		"other":      {ip4(99, make([]byte, 30)), 20},
	}
}

// TestCutByTheCapture: a packet of which the capture kept its IP header alone
// or more is not malformed, and what was kept is told as it was.
func TestCutByTheCapture(t *testing.T) {
	for name, g := range goods() {
		full := decodeOne(t, Decoder{}, LinkRaw, g.frame)
		for n := g.net; n < len(g.frame); n++ {
			var p Packet
			r := (Decoder{}).Decode(LinkRaw, g.frame[:n], len(g.frame), &p)
			if r != Decoded {
				t.Errorf("%s, %d of %d bytes: %s", name, n, len(g.frame), r)
				continue
			}
			if !p.Truncated || p.Src != full.Src || p.Dst != full.Dst || p.TTL != full.TTL {
				t.Errorf("%s, %d of %d bytes: %+v", name, n, len(g.frame), p)
			}
			if p.Kind == full.Kind && (p.SrcPort != full.SrcPort || p.DstPort != full.DstPort || p.DataLen != full.DataLen || p.Flags != full.Flags) {
				t.Errorf("%s, %d of %d bytes:\n got %+v\nwant %+v", name, n, len(g.frame), p, full)
			}
			if p.Options.Bad {
				t.Errorf("%s, %d of %d bytes: the capture's cut is taken for a bad option", name, n, len(g.frame))
			}
		}
	}
}

// TestPadding: what the link adds behind a packet changes nothing.
func TestPadding(t *testing.T) {
	for name, g := range goods() {
		full := decodeOne(t, Decoder{}, LinkRaw, g.frame)
		if p := decodeOne(t, Decoder{}, LinkRaw, append(bytes.Clone(g.frame), bytes.Repeat([]byte{8}, 46)...)); p != full {
			t.Errorf("%s:\n got %+v\nwant %+v", name, p, full)
		}
	}
}

// TestNoAllocationAnywhere: neither for good packets nor for any cut or damaged
// one.
func TestNoAllocationAnywhere(t *testing.T) {
	var p Packet
	d := Decoder{Mirrors: true}
	links := []Link{LinkEthernet, LinkSLL, LinkSLL2, LinkNull, LinkLoop, LinkRaw}
	for name, g := range goods() {
		frames := [][]byte{g.frame, ether(0x0800, g.frame), ip4(47, greBits(0, 0x0800, g.frame)), with(g.frame, 0, 0x4f), with(g.frame, 4, 255)}
		if n := testing.AllocsPerRun(5, func() {
			for _, f := range frames {
				for _, link := range links {
					for i := range f {
						d.Decode(link, f[:i], len(f), &p)
					}
				}
			}
		}); n != 0 {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
}
