package decode

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"slices"
	"testing"
)

// The packets here are made by hand, byte by byte, because no library writes
// them: lengths that lie, headers without end, halves of headers.

func be16(v int) []byte { return binary.BigEndian.AppendUint16(nil, uint16(v)) }

func join(parts ...[]byte) []byte { return slices.Concat(parts...) }

// ether is an Ethernet frame.
func ether(t int, body ...[]byte) []byte {
	return join([]byte{2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1}, be16(t), join(body...))
}

// ip4 is an IPv4 packet from 192.0.2.1 to 10.0.0.1.
func ip4(proto byte, body ...[]byte) []byte { return ip4frag(proto, 0, body...) }

// ip4frag has flags and fragment offset as they stand in the header.
func ip4frag(proto byte, frag int, body ...[]byte) []byte {
	b := join(body...)
	return join([]byte{0x45, 0}, be16(20+len(b)), be16(0x1234), be16(frag), []byte{57, proto, 0, 0, 192, 0, 2, 1, 10, 0, 0, 1}, b)
}

// ip4options has so many bytes of options.
func ip4options(n int, body ...[]byte) []byte {
	b := ip4(6, make([]byte, n), join(body...))
	b[0] = 0x40 | byte(5+n/4)
	return b
}

// ip6 is an IPv6 packet from 2001:db8::1 to ::2.
func ip6(next byte, body ...[]byte) []byte {
	b := join(body...)
	return join([]byte{0x60, 0, 0, 0}, be16(len(b)), []byte{next, 64},
		[]byte{0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}, []byte{0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2}, b)
}

// segment is a SYN from port 40000 to 512 with options.
func segment(options ...byte) []byte {
	return join(be16(40000), be16(512), []byte{1, 2, 3, 4, 5, 6, 7, 8, byte(5+len(options)/4) << 4, 2}, be16(1024), []byte{0, 0, 0, 9}, options)
}

func datagram(length int, body ...[]byte) []byte {
	return join(be16(4000), be16(161), be16(length), be16(0), join(body...))
}

// with changes bytes: pairs of an index and a value.
func with(b []byte, edits ...int) []byte {
	b = slices.Clone(b)
	for i := 0; i < len(edits); i += 2 {
		b[edits[i]] = byte(edits[i+1])
	}
	return b
}

// hostile is one packet and what becomes of it.
type hostile struct {
	name  string
	frame []byte
	want  Reason
	check func(p *Packet) bool // of what was decoded; nil for nothing more
}

func runHostile(t *testing.T, d Decoder, link Link, rows []hostile) {
	t.Helper()
	for _, tt := range rows {
		t.Run(tt.name, func(t *testing.T) {
			var p Packet
			if got := d.Decode(link, tt.frame, len(tt.frame), &p); got != tt.want {
				t.Fatalf("%s, want %s", got, tt.want)
			}
			if tt.check != nil && !tt.check(&p) {
				t.Errorf("%+v", p)
			}
		})
	}
}

func TestEthernet(t *testing.T) {
	good := ip4(6, segment())
	tags := func(n int) []byte {
		b := ether(0x8100)
		for i := range n {
			next := 0x8100
			if i == n-1 {
				next = 0x0800
			}
			b = join(b, be16(0xe000|i+1), be16(next))
		}
		return join(b, good)
	}
	vlan := func(v uint16) func(*Packet) bool {
		return func(p *Packet) bool { return p.VLAN == v && p.Kind == KindTCP && p.DstPort == 512 }
	}
	runHostile(t, Decoder{}, LinkEthernet, []hostile{
		{"13 bytes", ether(0x0800)[:13], MalformedLink, nil},
		{"header alone", ether(0x0800), MalformedIPv4, nil},
		{"IPv6 header alone", ether(0x86dd), MalformedIPv6, nil},
		{"length instead of a type", ether(38, []byte{0x42, 0x42, 3}, make([]byte, 35)), IgnoredEtherType, nil},
		{"MACsec", ether(0x88e5, good), IgnoredEtherType, nil},
		{"tag cut before its id", ether(0x8100, []byte{0}), MalformedLink, nil},
		{"tag cut before its type", ether(0x88a8, be16(7), []byte{8}), MalformedLink, nil},
		{"tag with nothing behind", ether(0x9100, be16(7), be16(0x0800)), MalformedIPv4, nil},
		{"priority and id 4095", ether(0x8100, be16(0xffff), be16(0x0800), good), Decoded, vlan(0xfff)},
		{"QinQ of all three types", ether(0x9100, be16(1), be16(0x88a8), be16(2), be16(0x8100), be16(3), be16(0x0800), good), Decoded, vlan(3)},
		{"14 tags", tags(14), Decoded, vlan(14)},
		{"15 tags", tags(15), TooManyHeaders, nil},
		{"4000 tags", tags(4000), TooManyHeaders, nil},
		{"an IPv6 packet called IPv4", ether(0x0800, ip6(6, segment())), MalformedIPv4, nil},
		{"an IPv4 packet called IPv6", ether(0x86dd, ip4(6, segment(), make([]byte, 40))), MalformedIPv6, nil},
	})
}

func TestHostileARP(t *testing.T) {
	good := []byte{0, 1, 8, 0, 6, 4, 0, 1, 2, 0, 0, 0, 0, 1, 10, 0, 0, 9, 0, 0, 0, 0, 0, 0, 10, 0, 0, 77}
	rows := []hostile{
		{"padding", ether(0x0806, good, make([]byte, 18)), Decoded, func(p *Packet) bool { return p.Kind == KindARP && p.Dst[3] == 77 && p.Src[3] == 9 }},
		{"operation 65535", ether(0x0806, with(good, 6, 255, 7, 255)), Decoded, func(p *Packet) bool { return p.ARPOp == 65535 }},
		{"in a VLAN", ether(0x8100, be16(5), be16(0x0806), good), Decoded, func(p *Packet) bool { return p.VLAN == 5 && p.Kind == KindARP }},
		{"hardware addresses of 5 bytes", ether(0x0806, with(good, 4, 5)), MalformedARP, nil},
		{"hardware addresses of 255 bytes", ether(0x0806, with(good, 4, 255)), MalformedARP, nil},
		{"protocol addresses of 16 bytes", ether(0x0806, with(good, 5, 16)), MalformedARP, nil},
		{"no addresses", ether(0x0806, with(good, 4, 0, 5, 0)), MalformedARP, nil},
		{"Infiniband", ether(0x0806, with(good, 1, 32, 4, 20)), IgnoredARP, nil},
		{"for IPv6", ether(0x0806, with(good, 2, 0x86, 3, 0xdd, 5, 16)), IgnoredARP, nil},
	}
	for n := range good {
		rows = append(rows, hostile{fmt.Sprintf("%d bytes", n), ether(0x0806, good[:n]), MalformedARP, nil})
	}
	runHostile(t, Decoder{}, LinkEthernet, rows)
}

func TestCooked(t *testing.T) {
	mac := func(want ...byte) func(*Packet) bool {
		return func(p *Packet) bool {
			return bytes.Equal(p.SrcMAC[:], want) && p.DstMAC == [6]byte{} && p.DstPort == 512
		}
	}
	good := ip4(6, segment())
	v1 := join(be16(0), be16(1), be16(6), []byte{2, 0, 0, 0, 0, 1, 9, 9}, be16(0x0800), good)
	v2 := join(be16(0x0800), be16(0), []byte{0, 0, 0, 3}, be16(1), []byte{4, 6}, []byte{2, 0, 0, 0, 0, 1, 9, 9}, good)
	rows := []hostile{
		{"outgoing", with(v1, 1, 4), Decoded, mac(2, 0, 0, 0, 0, 1)},
		{"no address", with(v1, 5, 0), Decoded, mac(0, 0, 0, 0, 0, 0)},
		{"an address of 8 bytes", with(v1, 5, 8), Decoded, mac(0, 0, 0, 0, 0, 0)},
		{"an address of 65535 bytes", with(v1, 4, 255, 5, 255), Decoded, mac(0, 0, 0, 0, 0, 0)},
		{"an address of 262 bytes", with(v1, 4, 1), Decoded, mac(0, 0, 0, 0, 0, 0)},
		{"loopback hardware", with(v1, 2, 3, 3, 4), Decoded, mac(0, 0, 0, 0, 0, 0)},
		{"802.2", with(v1, 14, 0, 15, 4), IgnoredEtherType, nil},
		{"a tag", join(with(v1[:16], 14, 0x81, 15, 0), be16(7), be16(0x0800), good), Decoded, func(p *Packet) bool { return p.VLAN == 7 }},
		{"nothing behind", v1[:16], MalformedIPv4, nil},
	}
	to := func(want ...byte) func(*Packet) bool {
		return func(p *Packet) bool { return bytes.Equal(p.DstMAC[:], want) && p.DstPort == 512 }
	}
	rows = append(rows,
		hostile{"broadcast", with(v1, 1, 1), Decoded, to(255, 255, 255, 255, 255, 255)},
		hostile{"multicast", with(v1, 1, 2), Decoded, to(1, 0, 0, 0, 0, 0)},
		hostile{"to another host", with(v1, 1, 3), Decoded, to(0, 0, 0, 0, 0, 0)},
		hostile{"type 257", with(v1, 0, 1, 1, 1), Decoded, to(0, 0, 0, 0, 0, 0)})
	rows2 := []hostile{
		{"broadcast", with(v2, 10, 1), Decoded, to(255, 255, 255, 255, 255, 255)},
		{"multicast", with(v2, 10, 2), Decoded, to(1, 0, 0, 0, 0, 0)},
		{"address", v2, Decoded, mac(2, 0, 0, 0, 0, 1)},
		{"an address of 255 bytes", with(v2, 11, 255), Decoded, mac(0, 0, 0, 0, 0, 0)},
		{"no Ethernet", with(v2, 9, 200), Decoded, mac(0, 0, 0, 0, 0, 0)},
		{"ARP, but not", with(v2, 0, 8, 1, 6), IgnoredARP, nil},
		{"nothing behind", v2[:20], MalformedIPv4, nil},
	}
	for n := range 16 {
		rows = append(rows, hostile{fmt.Sprintf("%d bytes", n), v1[:n], MalformedLink, nil})
	}
	for n := range 20 {
		rows2 = append(rows2, hostile{fmt.Sprintf("%d bytes", n), v2[:n], MalformedLink, nil})
	}
	t.Run("1", func(t *testing.T) { runHostile(t, Decoder{}, LinkSLL, rows) })
	t.Run("2", func(t *testing.T) { runHostile(t, Decoder{}, LinkSLL2, rows2) })
}

func TestLoopbackLinks(t *testing.T) {
	v4, v6 := ip4(6, segment()), ip6(6, segment())
	is := func(six bool) func(*Packet) bool {
		return func(p *Packet) bool { return p.V6 == six && p.Kind == KindTCP }
	}
	rows := []hostile{
		{"3 bytes", []byte{2, 0, 0}, MalformedLink, nil},
		{"NetBSD", join([]byte{24, 0, 0, 0}, v6), Decoded, is(true)},
		{"FreeBSD", join([]byte{28, 0, 0, 0}, v6), Decoded, is(true)},
		{"Darwin, swapped", join([]byte{0, 0, 0, 30}, v6), Decoded, is(true)},
		{"Linux's number", join([]byte{10, 0, 0, 0}, v6), IgnoredFamily, nil},
		{"both halves", join([]byte{2, 0, 0, 2}, v4), IgnoredFamily, nil},
		{"all ones", join([]byte{255, 255, 255, 255}, v4), IgnoredFamily, nil},
		{"IPv6 called IPv4", join([]byte{2, 0, 0, 0}, v6), MalformedIPv4, nil},
		{"nothing behind", []byte{2, 0, 0, 0}, MalformedIPv4, nil},
	}
	t.Run("null", func(t *testing.T) { runHostile(t, Decoder{}, LinkNull, rows) })
	t.Run("loop", func(t *testing.T) {
		runHostile(t, Decoder{}, LinkLoop, []hostile{
			{"IPv4", join([]byte{0, 0, 0, 2}, v4), Decoded, is(false)},
			{"IPv6", join([]byte{0, 0, 0, 24}, v6), Decoded, is(true)},
			{"swapped", join([]byte{2, 0, 0, 0}, v4), IgnoredFamily, nil},
		})
	})
	t.Run("raw", func(t *testing.T) {
		for _, link := range []Link{LinkRaw, LinkRawBSD, LinkRawOpen, LinkIPv4, LinkIPv6} {
			runHostile(t, Decoder{}, link, []hostile{
				{"IPv4", v4, Decoded, is(false)},
				{"IPv6", v6, Decoded, is(true)},
				{"empty", nil, MalformedLink, nil},
				{"version 0", with(v4, 0, 5), MalformedLink, nil},
				{"version 15", with(v4, 0, 0xf5), MalformedLink, nil},
			})
		}
	})
}

func TestHostileIPv4(t *testing.T) {
	tcp := func(p *Packet) bool { return p.Kind == KindTCP && p.DstPort == 512 && p.DataLen == 0 }
	later := func(offset uint16, n uint16) func(*Packet) bool {
		return func(p *Packet) bool {
			return p.Kind == KindFragment && p.FragOffset == offset && p.DataLen == n && p.Fragmented && p.DstPort == 0 && p.ID == 0x1234
		}
	}
	good := ip4(6, segment())
	rows := []hostile{
		{"header length 0", with(good, 0, 0x40), MalformedIPv4, nil},
		{"header length 16", with(good, 0, 0x44), MalformedIPv4, nil},
		{"header length past the end", ip4(6, nil)[:20:20], MalformedTCP, nil},
		{"header of 60 bytes in 20", with(ip4(6), 0, 0x4f), MalformedIPv4, nil},
		{"40 bytes of options", ip4options(40, segment()), Decoded, tcp},
		{"4 bytes of options", ip4options(4, segment()), Decoded, tcp},
		{"options past the total", with(ip4options(40, segment()), 3, 59), MalformedIPv4, nil},
		{"total 0, as offloading leaves it", with(good, 3, 0), Decoded, tcp},
		{"total 19", with(good, 3, 19), MalformedIPv4, nil},
		{"total one too many", with(good, 3, 41), MalformedIPv4, nil},
		{"total 65535", with(good, 2, 255, 3, 255), MalformedIPv4, nil},
		{"total that cuts TCP", with(good, 3, 39), MalformedTCP, nil},
		{"all flags", with(good, 6, 0xe0), Decoded, func(p *Packet) bool { return p.DF && p.MF && p.Fragmented }},
		{"reserved flag", with(good, 6, 0x80), Decoded, func(p *Packet) bool { return !p.DF && !p.MF && !p.Fragmented }},
		{"last offset", ip4frag(17, 0x1fff, make([]byte, 100)), Decoded, later(65528, 100)},
		{"a fragment without data", ip4frag(6, 1), Decoded, later(8, 0)},
		{"protocol 255", ip4(255, []byte{1}), Decoded, func(p *Packet) bool { return p.Kind == KindIP && p.Proto == 255 && p.DataLen == 1 }},
		{"no payload", ip4(253), Decoded, func(p *Packet) bool { return p.Kind == KindIP && p.DataLen == 0 }},
		{"ICMPv6 over IPv4", ip4(58, make([]byte, 24)), Decoded, func(p *Packet) bool { return p.Kind == KindIP && p.Proto == 58 }},
		{"IP in IP is not opened", ip4(4, good), Decoded, func(p *Packet) bool { return p.Kind == KindIP && p.Proto == 4 && p.Src[0] == 192 }},
	}
	for n := 1; n < 20; n++ {
		rows = append(rows, hostile{fmt.Sprintf("%d bytes", n), good[:n], MalformedIPv4, nil})
	}
	runHostile(t, Decoder{}, LinkRaw, rows)
}

func TestHostileIPv6(t *testing.T) {
	tcp := func(p *Packet) bool { return p.Kind == KindTCP && p.DstPort == 512 && p.V6 && p.DataLen == 0 }
	ext := func(next, units byte) []byte { return join([]byte{next, units}, make([]byte, 8*(int(units)+1)-2)) }
	chain := func(n int, kinds ...byte) []byte { // n headers, of the kinds in turn, then TCP
		var b []byte
		for i := range n {
			next := byte(6)
			if i < n-1 {
				next = kinds[(i+1)%len(kinds)]
			}
			b = join(b, ext(next, 0))
		}
		return ip6(kinds[0], b, segment())
	}
	frag := func(next byte, field int) []byte { return join([]byte{next, 0}, be16(field), []byte{0, 0, 0, 99}) }
	good := ip6(6, segment())
	rows := []hostile{
		{"payload one too many", with(good, 5, 21), MalformedIPv6, nil},
		{"payload that cuts TCP", with(good, 5, 19), MalformedTCP, nil},
		{"payload 0, as offloading leaves it", with(good, 5, 0), Decoded, tcp},
		{"a jumbogram", with(ip6(0, ext(6, 0), segment()), 5, 0), Decoded, tcp},
		{"a jumbogram without its header", with(ip6(0), 5, 0), MalformedExtension, nil},
		{"no next header", ip6(59), Decoded, func(p *Packet) bool { return p.Kind == KindIP && p.Proto == 59 }},
		{"traffic class", with(good, 0, 0x6a, 1, 0xb0), Decoded, func(p *Packet) bool { return p.TOS == 0xab }},
		{"all extensions", chain(6, 0, 60, 43, 135, 139, 140), Decoded, tcp},
		{"15 extensions", chain(15, 60), Decoded, tcp},
		{"16 extensions", chain(16, 60), TooManyHeaders, nil},
		{"100 extensions", chain(100, 0, 60), TooManyHeaders, nil},
		{"an extension of 2048 bytes", ip6(60, ext(6, 255), segment()), Decoded, tcp},
		{"an extension of 2048 bytes in 8", ip6(60, with(ext(6, 0), 1, 255)), MalformedExtension, nil},
		{"one byte of an extension", ip6(43, []byte{6}), MalformedExtension, nil},
		{"an extension past the payload", with(ip6(60, ext(6, 0), segment()), 5, 7), MalformedExtension, nil},
		{"authentication", ip6(51, []byte{6, 4}, make([]byte, 22), segment()), Decoded, tcp},
		{"authentication of 1028 bytes in 8", ip6(51, []byte{6, 255}, make([]byte, 6)), MalformedExtension, nil},
		{"encryption ends the walk", ip6(50, make([]byte, 40)), Decoded, func(p *Packet) bool { return p.Kind == KindIP && p.Proto == 50 }},
		{"ICMP over IPv6", ip6(1, make([]byte, 24)), Decoded, func(p *Packet) bool { return p.Kind == KindIP && p.Proto == 1 }},
		{"a fragment header of 7 bytes", ip6(44, frag(6, 0)[:7]), MalformedExtension, nil},
		{"an atomic fragment", ip6(44, frag(6, 0), segment()), Decoded, func(p *Packet) bool { return tcp(p) && !p.Fragmented && p.ID == 99 }},
		{"reserved bits of a fragment", ip6(44, frag(6, 6), segment()), Decoded, func(p *Packet) bool { return tcp(p) && !p.Fragmented }},
		{"a later fragment of an extension", ip6(44, frag(60, 8), []byte{6}), Decoded, func(p *Packet) bool {
			return p.Kind == KindFragment && p.Proto == 60 && p.FragOffset == 8 && p.DataLen == 1 && p.ID == 99
		}},
		{"the last offset", ip6(44, frag(17, 0xfff8), make([]byte, 9)), Decoded, func(p *Packet) bool { return p.Kind == KindFragment && p.FragOffset == 65528 && !p.MF }},
		{"a first fragment, extensions behind it", ip6(44, frag(60, 1), ext(6, 0), segment()), Decoded, func(p *Packet) bool { return tcp(p) && p.MF && p.Fragmented }},
		{"a first fragment that ends in an extension", ip6(44, frag(60, 1), []byte{6}), MalformedExtension, nil},
	}
	for n := 1; n < 40; n++ {
		rows = append(rows, hostile{fmt.Sprintf("%d bytes", n), good[:n], MalformedIPv6, nil})
	}
	runHostile(t, Decoder{}, LinkRaw, rows)
}

func TestHostileTCP(t *testing.T) {
	options := func(want func(o *Options) bool) func(*Packet) bool {
		return func(p *Packet) bool { return p.Kind == KindTCP && want(&p.Options) }
	}
	kinds := func(list ...uint64) (v uint64) {
		for i, k := range list {
			v |= k << (5 * i)
		}
		return v
	}
	bad := options(func(o *Options) bool { return o.Bad })
	nops := bytes.Repeat([]byte{1}, 40)
	rows := []hostile{
		{"data offset 0", ip4(6, with(segment(), 12, 0)), MalformedTCP, nil},
		{"data offset 16", ip4(6, with(segment(), 12, 0x40)), MalformedTCP, nil},
		{"data offset one word too many", ip4(6, with(segment(), 12, 0x60)), MalformedTCP, nil},
		{"data offset 60 in 20", ip4(6, with(segment(), 12, 0xf0)), MalformedTCP, nil},
		{"all twelve flags", ip4(6, with(segment(), 12, 0x5f, 13, 0xff)), Decoded, func(p *Packet) bool { return p.Flags == 0xfff }},
		{"40 bytes of no operation", ip4(6, segment(nops...)), Decoded, options(func(o *Options) bool {
			return !o.Bad && o.Len == 40 && o.LayoutBy == maxTCPOptions && o.Layout == kinds(1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1)
		})},
		{"the end, and what looks like options behind it", ip4(6, segment(0, 2, 4, 5, 0xb4, 8, 1, 1)), Decoded, options(func(o *Options) bool {
			return !o.Bad && !o.HasMSS && o.LayoutBy == 1 && o.Layout == 0 && o.Len == 8
		})},
		{"unknown kinds", ip4(6, segment(254, 4, 0, 0, 30, 2, 31, 2)), Decoded, options(func(o *Options) bool {
			return !o.Bad && o.LayoutBy == 3 && o.Layout == kinds(31, 30, 31)
		})},
		{"length 0", ip4(6, segment(1, 1, 5, 0)), Decoded, bad},
		{"length 1", ip4(6, segment(1, 1, 5, 1)), Decoded, bad},
		{"length past the end", ip4(6, segment(1, 5, 4, 0)), Decoded, bad},
		{"length 255", ip4(6, segment(5, 255, 0, 0)), Decoded, bad},
		{"a kind without its length", ip4(6, segment(1, 1, 1, 2)), Decoded, bad},
		{"options before a bad one are kept", ip4(6, segment(2, 4, 5, 0xb4, 3, 0, 7, 0)), Decoded, options(func(o *Options) bool {
			return o.Bad && o.HasMSS && o.MSS == 1460 && !o.HasWS
		})},
		{"values of the wrong size are not read", ip4(6, segment(2, 3, 9, 3, 4, 1, 1, 4, 3, 0, 8, 9, 0, 0, 0, 0, 0, 0, 0, 1)), Decoded, options(func(o *Options) bool {
			return !o.HasMSS && !o.HasWS && !o.SACKOK && !o.HasTS
		})},
		{"data that looks like options", ip4(6, segment(), []byte{2, 4, 5, 0xb4}), Decoded, func(p *Packet) bool {
			return p.DataLen == 4 && p.Options == Options{}
		}},
	}
	for n := range 20 {
		rows = append(rows, hostile{fmt.Sprintf("%d bytes", n), ip4(6, segment()[:n]), MalformedTCP, nil})
	}
	runHostile(t, Decoder{}, LinkRaw, rows)
}

// TestTinyFragments: what each size of a first fragment tells (RFC 1858), over
// both protocols.
func TestTinyFragments(t *testing.T) {
	frag6 := func(field int, b []byte) []byte {
		return ip6(44, []byte{6, 0}, be16(field), []byte{0, 0, 0x12, 0x34}, b)
	}
	for name, first := range map[string]func(b []byte) []byte{
		"IPv4": func(b []byte) []byte { return ip4frag(6, 0x2000, b) },
		"IPv6": func(b []byte) []byte { return frag6(1, b) },
	} {
		seg := segment(2, 4, 5, 0xb4)
		for n := range seg {
			var p Packet
			got := (Decoder{}).Decode(LinkRaw, first(seg[:n]), 1000, &p)
			p.Truncated = false
			var q Packet
			if r := (Decoder{}).Decode(LinkRaw, first(seg[:n]), len(first(seg[:n])), &q); n >= 4 && (r != got || p != q) {
				t.Errorf("%s, %d bytes: %s and %s", name, n, r, got)
			}
			switch {
			case n < 4:
				if r := (Decoder{}).Decode(LinkRaw, first(seg[:n]), len(first(seg[:n])), &q); r != MalformedTCP {
					t.Errorf("%s, %d bytes: %s", name, n, r)
				}
				continue
			case got != Decoded || q.Kind != KindTCP || q.SrcPort != 40000 || q.DstPort != 512 || !q.MF || q.ID != 0x1234:
				t.Errorf("%s, %d bytes: %s, %+v", name, n, got, q)
			case n < 16 && (!q.Partial || q.Flags != 0 || q.Window != 0):
				t.Errorf("%s, %d bytes tell flags: %+v", name, n, q)
			case n >= 16 && (q.Partial || q.Flags != SYN || q.Window != 1024 || q.Ack != 0x05060708):
				t.Errorf("%s, %d bytes hide flags: %+v", name, n, q)
			}
			if n >= 8 && q.Seq != 0x01020304 {
				t.Errorf("%s, %d bytes: sequence number %#x", name, n, q.Seq)
			}
		}
	}
	for name, second := range map[string]func(offset int, b []byte) []byte{
		"IPv4": func(offset int, b []byte) []byte { return ip4frag(6, offset/8, b) },
		"IPv6": func(offset int, b []byte) []byte { return frag6(offset, b) },
	} {
		for n := range 20 {
			p := decodeOne(t, Decoder{}, LinkRaw, second(8, segment()[8:][:min(n, 12)]))
			told := p.Flags == SYN && p.Window == 1024 && p.Ack == 0x05060708
			if p.Kind != KindFragment || told != (n >= 8) || !told && (p.Flags != 0 || p.Ack != 0) {
				t.Errorf("%s, %d bytes at offset 8: %+v", name, n, p)
			}
		}
		if p := decodeOne(t, Decoder{}, LinkRaw, second(16, segment())); p.Flags != 0 || p.DstPort != 0 {
			t.Errorf("%s, at offset 16: %+v", name, p)
		}
	}
	if p := decodeOne(t, Decoder{}, LinkRaw, ip4frag(17, 1, segment())); p.Flags != 0 {
		t.Errorf("UDP: %+v", p)
	}
}

func TestHostileUDP(t *testing.T) {
	data := func(n uint16) func(*Packet) bool {
		return func(p *Packet) bool {
			return p.Kind == KindUDP && p.SrcPort == 4000 && p.DstPort == 161 && p.DataLen == n
		}
	}
	rows := []hostile{
		{"length 8", ip4(17, datagram(8)), Decoded, data(0)},
		{"length 8, bytes behind it", ip4(17, datagram(8, []byte("hidden"))), Decoded, data(0)},
		{"length 0: the packet's", ip4(17, datagram(0, []byte("five."))), Decoded, data(5)},
		{"length 7", ip4(17, datagram(7)), MalformedUDP, nil},
		{"length 1", ip4(17, datagram(1, []byte("x"))), MalformedUDP, nil},
		{"length one too many", ip4(17, datagram(10, []byte("x"))), MalformedUDP, nil},
		{"length 65535", ip4(17, datagram(65535, []byte("x"))), MalformedUDP, nil},
		{"length of all fragments", ip4frag(17, 0x2000, datagram(65535, []byte("x"))), Decoded, data(65527)},
		{"length 7 of all fragments", ip4frag(17, 0x2000, datagram(7, []byte("x"))), MalformedUDP, nil},
		{"over IPv6", ip6(17, datagram(9, []byte("x"))), Decoded, data(1)},
	}
	for n := range 8 {
		rows = append(rows, hostile{fmt.Sprintf("%d bytes", n), ip4(17, datagram(8)[:n]), MalformedUDP, nil})
	}
	runHostile(t, Decoder{}, LinkRaw, rows)
}

func TestHostileICMP(t *testing.T) {
	refusal := func(quoted ...[]byte) []byte { return ip4(1, []byte{3, 3, 0, 0, 0, 0, 0, 0}, join(quoted...)) }
	quote := func(valid bool, proto uint8, port uint16) func(*Packet) bool {
		return func(p *Packet) bool {
			q := &p.Quoted
			return p.Kind == KindICMP && p.ICMPType == 3 && q.Valid == valid && (!valid || q.Proto == proto && q.DstPort == port && q.Src[0] == 192)
		}
	}
	asked := ip4(6, segment())
	rows := []hostile{
		{"nothing quoted", refusal(), Decoded, quote(false, 0, 0)},
		{"header and ports", refusal(asked[:24]), Decoded, quote(true, 6, 512)},
		{"header and half of the ports", refusal(asked[:23]), Decoded, quote(false, 0, 0)},
		{"options", refusal(ip4options(40, segment())), Decoded, quote(true, 6, 512)},
		{"options that are cut", refusal(ip4options(40)[:50]), Decoded, quote(false, 0, 0)},
		{"header length 16", refusal(with(asked, 0, 0x44)), Decoded, quote(false, 0, 0)},
		{"version 6", refusal(with(asked, 0, 0x65)), Decoded, quote(false, 0, 0)},
		{"a first fragment", refusal(with(asked, 6, 0x20)), Decoded, quote(true, 6, 512)},
		{"a later fragment", refusal(with(asked, 7, 1)), Decoded, quote(false, 0, 0)},
		{"a length that lies", refusal(with(asked, 2, 255)), Decoded, quote(true, 6, 512)},
		{"another protocol", refusal(ip4(47)), Decoded, quote(true, 47, 0)},
		{"an error about an error", refusal(refusal(asked)), Decoded, quote(true, 1, 0)},
		{"no error quotes", with(refusal(asked), 20, 8), Decoded, func(p *Packet) bool { return p.ICMPType == 8 && p.Quoted == Quote{} }},
		{"type 255", ip4(1, []byte{255, 7, 0, 0, 1, 2, 3, 4, 9}), Decoded, func(p *Packet) bool {
			return p.ICMPType == 255 && p.ICMPCode == 7 && p.ICMPID == 0x102 && p.ICMPSeq == 0x304 && p.DataLen == 1
		}},
	}
	for n := range 8 {
		rows = append(rows, hostile{fmt.Sprintf("%d bytes", n), ip4(1, make([]byte, n)), MalformedICMP, nil})
	}
	runHostile(t, Decoder{}, LinkRaw, rows)
}

func TestHostileICMPv6(t *testing.T) {
	message := func(kind byte, body ...[]byte) []byte {
		return ip6(58, []byte{kind, 4, 0, 0, 0, 0, 0, 0}, join(body...))
	}
	target := []byte{0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 7}
	asked := ip6(6, segment())
	quote := func(valid bool, proto uint8, port uint16) func(*Packet) bool {
		return func(p *Packet) bool {
			q := &p.Quoted
			return p.Kind == KindICMPv6 && q.Valid == valid && (!valid || q.Proto == proto && q.DstPort == port && q.Dst[15] == 2)
		}
	}
	rows := []hostile{
		{"solicitation", message(135, target), Decoded, func(p *Packet) bool { return p.Kind == KindICMPv6 && [16]byte(target) == p.NDTarget }},
		{"advertisement with options", message(136, target, []byte{2, 1, 0, 0, 0, 0, 0, 1}), Decoded, func(p *Packet) bool { return [16]byte(target) == p.NDTarget }},
		{"solicitation cut by its sender", message(135, target[:15]), MalformedICMP, nil},
		{"advertisement without target", message(136), MalformedICMP, nil},
		{"router advertisement", message(134), Decoded, func(p *Packet) bool { return p.NDTarget == [16]byte{} && p.ICMPType == 134 }},
		{"header and ports", message(1, asked[:44]), Decoded, quote(true, 6, 512)},
		{"too big", message(2, asked), Decoded, quote(true, 6, 512)},
		{"parameter problem", message(4, asked), Decoded, quote(true, 6, 512)},
		{"half of the ports", message(1, asked[:43]), Decoded, quote(false, 0, 0)},
		{"version 4", message(1, with(asked, 0, 0x40)), Decoded, quote(false, 0, 0)},
		{"nothing quoted", message(3), Decoded, quote(false, 0, 0)},
		{"through extensions", message(1, ip6(60, []byte{43, 0, 0, 0, 0, 0, 0, 0}, []byte{6, 0, 0, 0, 0, 0, 0, 0}, segment())), Decoded, quote(true, 6, 512)},
		{"extensions without end", message(1, ip6(60, bytes.Repeat([]byte{60, 0, 0, 0, 0, 0, 0, 0}, 40))), Decoded, quote(false, 60, 0)},
		{"a later fragment", message(1, ip6(44, []byte{6, 0, 0, 8, 0, 0, 0, 1}, segment())), Decoded, quote(false, 6, 0)},
	}
	for n := range 8 {
		rows = append(rows, hostile{fmt.Sprintf("%d bytes", n), ip6(58, make([]byte, n)), MalformedICMP, nil})
	}
	runHostile(t, Decoder{}, LinkRaw, rows)
}

func TestHostileSCTP(t *testing.T) {
	init := join(be16(40000), be16(2905), []byte{0, 0, 0, 7, 1, 2, 3, 4}, []byte{1, 0, 0, 20}, make([]byte, 16))
	rows := []hostile{
		{"INIT", ip4(132, init), Decoded, func(p *Packet) bool {
			return p.Kind == KindSCTP && p.SrcPort == 40000 && p.DstPort == 2905 && p.SCTPTag == 7 && p.SCTPChunk == 1 && p.DataLen == 20
		}},
		{"over IPv6", ip6(132, init), Decoded, func(p *Packet) bool { return p.Kind == KindSCTP && p.SCTPChunk == 1 }},
		{"chunk 255 of length 0", ip4(132, with(init, 12, 255, 15, 0)), Decoded, func(p *Packet) bool { return p.SCTPChunk == 255 }},
	}
	for n := range 13 {
		rows = append(rows, hostile{fmt.Sprintf("%d bytes", n), ip4(132, init[:n]), MalformedSCTP, nil})
	}
	runHostile(t, Decoder{}, LinkRaw, rows)
}

func TestReasonNames(t *testing.T) {
	had := map[string]bool{}
	for r := range reasonCount {
		s := r.String()
		if s == "" || s == "unknown" || had[s] {
			t.Errorf("reason %d is called %q", r, s)
		}
		had[s] = true
		if bad := len(s) > 10 && s[:10] == "malformed-"; bad != r.Malformed() {
			t.Errorf("%s: malformed %v", s, r.Malformed())
		}
	}
	if reasonCount.String() != "unknown" || reasonCount.Malformed() {
		t.Error("a reason that does not exist has a name")
	}
}
