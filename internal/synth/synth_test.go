package synth

import (
	"bytes"
	"fmt"
	"net/netip"
	"testing"
	"time"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"

	"klaxon/internal/decode"
	"klaxon/internal/watch/capture"
)

// everything is a story with every kind of packet there is.
func everything(w *World, net, from string) {
	l := w.LAN(net)
	l.Resolve = true
	web := l.Host().Open(22, 80).OpenUDP(60, 53).OpenSCTP(36412)
	pc := l.Host().Runs(Windows)
	evil := w.Host(from)
	for i, stack := range []*Stack{Linux, Windows, BSD, Mac, Small} {
		pc.Runs(stack).Connect(web.Addr, 80, Talk{Up: 300, Down: 5000, End: End(i)})
		pc.Connect(web.Addr, 81, Talk{})
		pc.Connect(l.Addr(200), 80, Talk{})
		w.Wait(10 * time.Second)
	}
	pc.Ask(web.Addr, 53, 40)
	pc.Ask(web.Addr, 54, 41)
	pc.Ping(web.Addr, 1)
	n := evil.Nmap()
	to := append(web.Addrs(), l.Addr(100))
	for _, scan := range []func([]netip.Addr, []uint16){n.SYN, n.FIN, n.Null, n.Xmas, n.Maimon, n.ACK, n.UDP, n.SCTPInit, n.SCTPCookie} {
		scan(to, []uint16{22, 53, 99, 36412})
	}
	n.Fragment = 8
	n.SYN(to, []uint16{22, 99})
	n.Fragment = 0
	n.Echo(to)
	n.Hosts(to)
	n.OS(web.Addr, 22, 99, 0)
	n.Version(web.Addr, []uint16{22})
	if web.Addr.Is4() {
		n.Protocols(to, 0, 255)
		n.Timestamp(to)
		n.Mask(to)
	} else {
		n.Ext = []uint8{0, 60, 43}
		n.SYN(to, []uint16{22, 99})
		n.Protocols(to, 200, 255)
	}
	evil.Masscan().SYN(to, []uint16{22, 99})
	pc.Traceroute(TraceUDP, evil.Addr, 4)
	n.Idle(pc.Addr, 80, web.Addr, []uint16{22, 99})
}

var networks = []struct{ net, from string }{
	{"10.0.0.0/24", "198.51.100.9"}, {"2001:db8:1::/64", "2001:db8:bad::9"},
}

// TestOracle holds every packet against another decoder: it must be understood
// to its end, and its checksums must be right.
func TestOracle(t *testing.T) {
	for _, n := range networks {
		frames := Record(7, func(w *World) { everything(w, n.net, n.from) })
		if len(frames) < 400 {
			t.Errorf("%s: only %d frames", n.net, len(frames))
		}
		for i, f := range frames {
			p := gopacket.NewPacket(f.Data, layers.LayerTypeEthernet, gopacket.Default)
			if e := p.ErrorLayer(); e != nil && !meant(p) {
				t.Fatalf("frame %d: %v\n%x", i, e.Error(), f.Data)
			}
			if err := sums(p); err != nil {
				t.Fatalf("frame %d: %v\n%s", i, err, p.Dump())
			}
		}
	}
}

// meant tells packets that are cut on purpose: fragments, and protocols without
// their headers.
func meant(p gopacket.Packet) bool {
	if ip, ok := p.Layer(layers.LayerTypeIPv4).(*layers.IPv4); ok {
		return ip.FragOffset > 0 || ip.Flags&layers.IPv4MoreFragments != 0 || len(ip.Payload) == 0 || ip.Protocol != 6 && ip.Protocol != 17
	}
	return p.Layer(layers.LayerTypeIPv6Fragment) != nil || p.Layer(layers.LayerTypeIPv6) != nil && p.TransportLayer() == nil
}

// sums makes the packet again with computed checksums and compares them.
func sums(p gopacket.Packet) error {
	if p.Layer(layers.LayerTypeIPv6Fragment) != nil {
		return nil
	}
	if ip, ok := p.Layer(layers.LayerTypeIPv4).(*layers.IPv4); ok {
		if got := checksum(sum(0, ip.Contents)); got != 0 {
			return fmt.Errorf("IPv4 header: %04x", got)
		}
		if ip.FragOffset > 0 || ip.Flags&layers.IPv4MoreFragments != 0 {
			return nil
		}
	}
	for _, l := range p.Layers() {
		if l, ok := l.(interface {
			SetNetworkLayerForChecksum(gopacket.NetworkLayer) error
		}); ok && p.NetworkLayer() != nil {
			if err := l.SetNetworkLayerForChecksum(p.NetworkLayer()); err != nil {
				return err
			}
		}
	}
	err, mismatches := p.VerifyChecksums()
	if err != nil {
		return fmt.Errorf("not to be verified: %w", err)
	}
	for _, m := range mismatches {
		if m.Layer.LayerType() != layers.LayerTypeIPv4 {
			return fmt.Errorf("%s: %+v", m.Layer.LayerType(), m)
		}
	}
	return nil
}

// TestOurDecoder wants nothing malformed but what is empty on purpose.
func TestOurDecoder(t *testing.T) {
	for _, n := range networks {
		var tally decode.Tally
		var p decode.Packet
		last := int64(0)
		w := New(7, func(f capture.Frame) {
			reason := decode.Decoder{}.Decode(f.Link, f.Data, f.Length, &p)
			tally[reason]++
			if f.Time < last {
				t.Errorf("time goes back by %d ns", last-f.Time)
			}
			last = f.Time
		})
		everything(w, n.net, n.from)
		w.Finish()
		for r, count := range tally {
			if r := decode.Reason(r); r != decode.Decoded && count > 0 {
				t.Errorf("%s: %d packets are %s", n.net, count, r)
			}
		}
	}
}

func TestSameSeedSamePackets(t *testing.T) {
	play := func(seed uint64) []capture.Frame {
		return Record(seed, func(w *World) { everything(w, networks[0].net, networks[0].from) })
	}
	a, b, other := play(3), play(3), play(4)
	for i := range a {
		if !bytes.Equal(a[i].Data, b[i].Data) || a[i].Time != b[i].Time {
			t.Fatalf("frame %d differs", i)
		}
	}
	if len(a) == len(other) && bytes.Equal(a[len(a)/2].Data, other[len(other)/2].Data) {
		t.Error("another seed makes the same packets")
	}
}

// TestTools checks the relations by which real tools are known, as they were
// watched on the wire.
func TestTools(t *testing.T) {
	segments := func(run func(h *Host, to []netip.Addr)) (list []decode.Packet) {
		w := New(1, func(f capture.Frame) {
			var p decode.Packet
			decode.Decoder{}.Decode(f.Link, f.Data, f.Length, &p)
			if p.Kind == decode.KindTCP && p.Src == [16]byte{198, 51, 100, 9} && p.Flags&decode.RST == 0 {
				list = append(list, p)
			}
		})
		run(w.Host("198.51.100.9"), Range("10.0.0.0/24", 1, 30))
		w.Finish()
		return list
	}
	for name, c := range map[string]struct {
		run  func(h *Host, to []netip.Addr)
		test func(first, p decode.Packet) bool
	}{
		"nmap -sS": {func(h *Host, to []netip.Addr) { n := h.Nmap(); n.Tries = 1; n.SYN(to, []uint16{22}) }, func(a, p decode.Packet) bool {
			return p.Seq == a.Seq && p.SrcPort == a.SrcPort && p.Window == 1024 && p.Options.Len == 4 && p.Options.MSS == 1460 && !p.DF && p.Ack == 0
		}},
		"nmap -sA": {func(h *Host, to []netip.Addr) { n := h.Nmap(); n.Tries = 1; n.ACK(to, []uint16{22}) }, func(a, p decode.Packet) bool {
			return p.Seq == 0 && p.Ack == a.Ack && p.Ack != 0 && p.SrcPort == a.SrcPort && p.Options.Len == 0
		}},
		"masscan": {func(h *Host, to []netip.Addr) { h.Masscan().SYN(to, []uint16{22}) }, func(a, p decode.Packet) bool {
			low := uint16(p.Dst[2])<<8 | uint16(p.Dst[3])
			return uint16(p.ID) == low^p.DstPort^uint16(p.Seq) && p.SrcPort == a.SrcPort && p.Window == 1024
		}},
		"zmap": {func(h *Host, to []netip.Addr) { h.ZMap().SYN(to, 22) }, func(_, p decode.Packet) bool {
			return p.ID == 54321 && p.Window == 65535 && p.Options.Len == 0
		}},
		"Mirai": {func(h *Host, to []netip.Addr) { h.Mirai(to) }, func(a, p decode.Packet) bool {
			return p.Seq == uint32(p.Dst[0])<<24|uint32(p.Dst[1])<<16|uint32(p.Dst[2])<<8|uint32(p.Dst[3]) && p.SrcPort == a.SrcPort
		}},
		"naabu": {func(h *Host, to []netip.Addr) { h.Naabu(to, []uint16{22}) }, func(a, p decode.Packet) bool {
			return p.Seq-a.Seq < 30 && p.ID == 0 && p.SrcPort == a.SrcPort
		}},
		"unicornscan": {func(h *Host, to []netip.Addr) { h.Unicornscan(to, []uint16{22}) }, func(a, p decode.Packet) bool {
			key := func(p decode.Packet) uint32 {
				return p.Seq ^ (uint32(p.Dst[3])<<24 | uint32(p.Dst[2])<<16 | uint32(p.Dst[1])<<8 | uint32(p.Dst[0])) ^ (uint32(p.DstPort)<<16 | uint32(p.SrcPort))
			}
			return key(p) == key(a)
		}},
	} {
		list := segments(c.run)
		if len(list) != 30 {
			t.Errorf("%s sent %d probes to 30 targets", name, len(list))
			continue
		}
		for i, p := range list {
			if !c.test(list[0], p) {
				t.Errorf("%s: probe %d breaks the relation: %+v", name, i, p)
				break
			}
		}
	}
}

// TestReactions checks what hosts answer.
func TestReactions(t *testing.T) {
	type answer struct {
		flags decode.Flags
		icmp  uint8
	}
	ask := func(b Body, mood func(*Host)) (list []answer) {
		first := true
		w := New(1, func(f capture.Frame) {
			var p decode.Packet
			decode.Decoder{}.Decode(f.Link, f.Data, f.Length, &p)
			if !first && p.Src == [16]byte{10, 0, 0, 2} {
				list = append(list, answer{p.Flags, p.ICMPType})
			}
			first = false
		})
		h := w.Host("10.0.0.2").Open(80).OpenUDP(9, 53).OpenSCTP(7)
		if mood != nil {
			mood(h)
		}
		w.Host("10.0.0.9").Shout(h.Addr, b)
		w.Finish()
		return list
	}
	tcp := func(port uint16, f decode.Flags) Segment { return Segment{SrcPort: 999, DstPort: port, Flags: f} }
	for name, c := range map[string]struct {
		body Body
		mood func(*Host)
		want []answer
	}{
		"SYN to an open port":         {tcp(80, syn), nil, []answer{{flags: syn | ack}}},
		"SYN to a closed port":        {tcp(81, syn), nil, []answer{{flags: rst | ack}}},
		"SYN to a firewall":           {tcp(81, syn), func(h *Host) { h.Firewalled() }, nil},
		"SYN to a rejecting one":      {tcp(81, syn), func(h *Host) { h.Rejects() }, []answer{{icmp: 3}}},
		"FIN to an open port":         {tcp(80, fin), nil, nil},
		"FIN to an open Windows port": {tcp(80, fin), func(h *Host) { h.Runs(Windows) }, []answer{{flags: rst | ack}}},
		"FIN to a closed port":        {tcp(81, fin), nil, []answer{{flags: rst | ack}}},
		"ACK to an open port":         {tcp(80, ack), nil, []answer{{flags: rst}}},
		"RST":                         {tcp(81, rst), nil, nil},
		"datagram to an open port":    {Datagram{SrcPort: 999, DstPort: 53}, nil, []answer{{}}},
		"datagram to a closed port":   {Datagram{SrcPort: 999, DstPort: 54}, nil, []answer{{icmp: 3}}},
		"echo request":                {ICMP{Type: 8}, nil, []answer{{}}},
		"mask request":                {ICMP{Type: 17}, nil, nil},
		"unknown protocol":            {Raw{Number: 200}, nil, []answer{{icmp: 3}}},
		"a host that sleeps":          {tcp(80, syn), func(h *Host) { h.Asleep() }, nil},
	} {
		got := ask(c.body, c.mood)
		if fmt.Sprint(got) != fmt.Sprint(c.want) {
			t.Errorf("%s is answered by %v, wanted %v", name, got, c.want)
		}
	}
}

// TestSCTP makes again what nmap 7.93 -sY sent.
func TestSCTP(t *testing.T) {
	want := []byte{
		0xb3, 0x3a, 0, 0x16, 0, 0, 0, 0, 0xcc, 0x9c, 0x4f, 0x4b, 1, 0, 0, 0x14,
		0x82, 0x23, 0xb7, 0xa5, 0, 0, 0x80, 0, 0, 0x0a, 8, 0, 0x29, 0xe4, 0xcc, 0x2d,
	}
	got := SCTP{SrcPort: 45882, DstPort: 22, Chunk: chunkInit, Data: initChunk(2183378853, 702860333)}.Append(nil, netip.Addr{}, netip.Addr{})
	if !bytes.Equal(got, want) {
		t.Errorf("got  %x\nwant %x", got, want)
	}
}
