package classify_test

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"
	"net/netip"
	"testing"

	"klaxon"
	"klaxon/internal/classify"
	"klaxon/internal/decode"
	"klaxon/internal/track"
)

// sent is what is known of the source of some packets, after each of them was
// looked at.
type sent struct {
	*track.Tracker
	at int64
}

func newSent() *sent {
	return &sent{track.New(track.Config{Memory: track.MinMemory, Rows: classify.Rows(), Seed: 5}), 1_700_000_000e9}
}

func (s *sent) send(p decode.Packet) {
	s.at += 1e6
	s.Observe(s.at, 0, &p)
}

// source is the record of the first source.
func (s *sent) source() (v track.View) {
	for i := uint32(0); ; i++ {
		if v, ok := s.View(i, 1); ok {
			return v
		}
	}
}

var scanner = [16]byte{198, 51, 100, 7}

// probe is a SYN with nothing set but its addresses and ports.
func probe(n int) decode.Packet {
	p := decode.Packet{Kind: decode.KindTCP, Proto: 6, TTL: 50, Src: scanner, Flags: decode.SYN, SrcPort: 41000, DstPort: uint16(20 + n), Window: 1024}
	p.Dst = [16]byte{192, 0, 2, byte(1 + n%50)}
	return p
}

func dst32(p *decode.Packet) uint32 { return binary.BigEndian.Uint32(p.Dst[:4]) }

func mss(p *decode.Packet) {
	p.Options = decode.Options{Len: 4, HasMSS: true, MSS: 1460, Layout: 2, LayoutBy: 1}
}

// windows are the options MSS, NOP, WS 8, NOP, NOP, SACKOK.
func windows(p *decode.Packet) {
	p.Options = decode.Options{Len: 12, HasMSS: true, MSS: 1460, HasWS: true, WS: 8, SACKOK: true, LayoutBy: 6}
	for i, kind := range []uint64{2, 1, 3, 1, 1, 4} {
		p.Options.Layout |= kind << (5 * i)
	}
}

// linux are the options MSS, SACKOK, TS, NOP, WS 7.
func linux(p *decode.Packet, ts uint32) {
	p.Options = decode.Options{Len: 20, HasMSS: true, MSS: 1460, SACKOK: true, HasTS: true, TSVal: ts, HasWS: true, WS: 7, LayoutBy: 5}
	for i, kind := range []uint64{2, 4, 8, 1, 3} {
		p.Options.Layout |= kind << (5 * i)
	}
}

// TestTools: what each tool sends, by its source or as recorded, names it.
func TestTools(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	for _, tt := range []struct {
		name    string
		make    func(n int, p *decode.Packet)
		tool    string
		decides int // after so many packets a scan is established; 0 for never by these alone
	}{
		{"masscan", func(n int, p *decode.Packet) {
			p.Seq, p.TTL = r.Uint32(), 252
			p.ID = (dst32(p) ^ uint32(p.DstPort) ^ p.Seq) & 0xffff
		}, "masscan", 3},
		{"masscan, newer", func(n int, p *decode.Packet) {
			mss(p)
			p.Seq, p.TTL, p.SrcPort = r.Uint32(), 252, 41000+uint16(n%16)
			p.ID = (dst32(p) ^ uint32(p.DstPort) ^ p.Seq) & 0xffff
		}, "masscan", 3},
		{"nmap -sS", func(n int, p *decode.Packet) {
			mss(p)
			p.Seq, p.TTL, p.ID = 0xdeadbeef, uint8(37+r.IntN(22)), uint32(r.IntN(65536))
		}, "nmap", 3},
		{"nmap -sS over IPv6", func(n int, p *decode.Packet) {
			mss(p)
			p.V6, p.Src, p.Dst = true, [16]byte{0x20, 1, 0xd, 0xb8, 0, 1}, [16]byte{0x20, 1, 0xd, 0xb8, 0, 2, 15: byte(n)}
			p.Seq, p.TTL = 0xdeadbeef, uint8(37+r.IntN(22))
		}, "nmap", 3},
		{"nmap -sX", func(n int, p *decode.Packet) {
			p.Flags, p.Seq, p.ID = decode.FIN|decode.PSH|decode.URG, 0x12345678, uint32(r.IntN(65536))
		}, "nmap", 3},
		{"nmap -sA", func(n int, p *decode.Packet) {
			p.Flags, p.Seq, p.Ack, p.ID = decode.ACK, 0, 0x12345678, uint32(r.IntN(65536))
		}, "nmap", 3},
		{"ZMap before 3.0", func(n int, p *decode.Packet) {
			p.ID, p.Window, p.Seq, p.SrcPort, p.TTL = 54321, 65535, r.Uint32(), 32768+uint16(r.IntN(28000)), 250
		}, "zmap", 3},
		{"ZMap 4.1.0", func(n int, p *decode.Packet) {
			linux(p, 1_709_251_200)
			p.ID, p.Window, p.Seq, p.SrcPort = uint32(r.IntN(65536)), 65535, r.Uint32(), 32768+uint16(r.IntN(28000))
		}, "zmap", 0},
		{"ZMap since", func(n int, p *decode.Packet) {
			windows(p)
			p.ID, p.Window, p.Seq, p.SrcPort, p.TTL = uint32(r.IntN(65536)), 65535, r.Uint32(), 32768+uint16(r.IntN(28000)), 60
		}, "zmap", 0},
		{"unicornscan", func(n int, p *decode.Packet) {
			p.Window, p.SrcPort, p.TTL, p.ID = 4128, 1024+uint16(r.IntN(60000)), 250, uint32(r.IntN(65536))
			a := dst32(p)
			swapped := a>>24 | a>>8&0xff00 | a<<8&0xff0000 | a<<24
			p.Seq = 0x5eed5eed ^ swapped ^ (uint32(p.DstPort)<<16 | uint32(p.SrcPort))
		}, "unicornscan", 4},
		{"Mirai", func(n int, p *decode.Packet) {
			p.DstPort, p.Dst = 23, [16]byte{byte(1 + r.IntN(200)), byte(r.IntN(256)), byte(r.IntN(256)), byte(r.IntN(256))}
			p.Seq, p.Window, p.ID, p.TTL = dst32(p), 29000, uint32(r.IntN(65536)), 64
		}, "mirai", 3},
		{"naabu", func(n int, p *decode.Packet) {
			mss(p)
			p.Seq, p.TTL = uint32(n), 250
		}, "naabu", 5},
		{"hping3", func(n int, p *decode.Packet) {
			p.Window, p.Seq, p.Ack, p.SrcPort, p.ID, p.TTL = 512, r.Uint32(), r.Uint32(), 2000+uint16(n), uint32(r.IntN(65536)), 64
		}, "hping3", 0},
		{"scapy", func(n int, p *decode.Packet) {
			p.SrcPort, p.Seq, p.Window, p.ID, p.TTL = 20, 0, 8192, 1, 64
		}, "scapy", -1},
		{"Linux", func(n int, p *decode.Packet) {
			linux(p, 1_000_000+uint32(n)*37)
			p.DF, p.Window, p.Seq, p.SrcPort, p.ID, p.TTL = true, 64240, r.Uint32(), 32768+uint16(r.IntN(28000)), uint32(r.IntN(65536)), 64
		}, "", 0},
		{"Windows", func(n int, p *decode.Packet) {
			windows(p)
			p.DF, p.Window, p.Seq, p.SrcPort, p.ID, p.TTL = true, 64240, r.Uint32(), 49152+uint16(n), uint32(n), 128
		}, "", 0},
		{"macOS", func(n int, p *decode.Packet) {
			linux(p, 1_000_000+uint32(n)*37)
			p.DF, p.Window, p.Seq, p.SrcPort, p.ID, p.TTL = true, 65535, r.Uint32(), 49152+uint16(n), 0, 64
		}, "", 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := newSent()
			var j classify.Judge
			decided := 0
			for n := range 12 {
				p := probe(n)
				tt.make(n, &p)
				s.send(p)
				if v := s.source(); decided == 0 && v.Keys.Decided() {
					decided = n + 1
				}
			}
			v := s.source()
			if v.Tuples != 12 {
				t.Fatalf("%d contacts", v.Tuples)
			}
			verdict := j.Verdict(v, s.at)
			told := j.Describe(v, verdict)
			tool := told.Tool
			if tool.Name != tt.tool || (tool.Name == "") != (tool.Chance == 0) || tool.Chance > 1e-3 {
				t.Errorf("tool %q by a chance of %g, want %q", tool.Name, tool.Chance, tt.tool)
			}
			if tt.decides >= 0 && decided != tt.decides {
				t.Errorf("established after %d packets, want %d", decided, tt.decides)
			}
			if decided > 0 && (!verdict.Scan || verdict.Confidence != klaxon.Established || told.Why == "") {
				t.Errorf("verdict %+v because %q", verdict, told.Why)
			}
		})
	}
}

// TestBusyIsNoTool: a relation that holds by accident now and then must not
// establish a scan by one who makes many connections, as a crawler, a proxy and
// the address many hosts share do.
func TestBusyIsNoTool(t *testing.T) {
	s := newSent()
	r := rand.New(rand.NewPCG(3, 3))
	const n = 500_000
	for i := range n {
		p := probe(i)
		p.Dst = [16]byte{1 + byte(i>>16), byte(i >> 8), byte(i), 80}
		p.DstPort = 443
		linux(&p, uint32(i))
		p.DF, p.Window, p.Seq, p.SrcPort, p.ID = true, 64240, r.Uint32(), 32768+uint16(r.IntN(28000)), uint32(r.IntN(65536))
		s.send(p)
		answer := decode.Packet{Kind: decode.KindTCP, Proto: 6, TTL: 60, Src: p.Dst, Dst: p.Src, SrcPort: 443, DstPort: p.SrcPort, Flags: decode.SYN | decode.ACK, Seq: 1, Ack: p.Seq + 1}
		s.send(answer)
		if v := s.source(); v.Keys.Decided() {
			var j classify.Judge
			t.Fatalf("after %d connections that all were answered: %s", v.Tuples, j.Describe(v, j.Verdict(v, s.at)).Why)
		}
	}
}

// TestRandomIsNoTool: packets of no tool, every field of them random, name none,
// or by a chance that is told.
func TestRandomIsNoTool(t *testing.T) {
	r := rand.New(rand.NewPCG(2, 2))
	var j classify.Judge
	for round := range 300 {
		s := newSent()
		for n := range 50 {
			p := probe(n)
			p.Seq, p.Ack, p.SrcPort, p.Window, p.ID, p.TTL = r.Uint32(), r.Uint32(), uint16(r.Uint32()), uint16(r.Uint32()), uint32(r.IntN(65536)), uint8(r.Uint32())
			p.DF = r.IntN(2) == 0
			if r.IntN(2) == 0 {
				mss(&p)
			}
			s.send(p)
		}
		v := s.source()
		if tool := j.Describe(v, j.Verdict(v, s.at)).Tool; tool.Name != "" || v.Keys.Decided() {
			t.Errorf("round %d: %+v, hits %v", round, tool, v.Keys.Hits)
		}
	}
}

// TestRows: what each combination of flags begins, held against RFC 9293: what a
// host sends in earnest has no weight by itself, and of the rest five packets
// establish a scan.
func TestRows(t *testing.T) {
	rows := classify.Rows()
	const s, f, r, p, a, u = decode.SYN, decode.FIN, decode.RST, decode.PSH, decode.ACK, decode.URG
	earnest := map[decode.Flags]bool{
		s: true, s | a: true, a: true, a | p: true, a | u: true, a | p | u: true,
		f | a: true, f | a | p: true, f | a | u: true, f | a | p | u: true, r: true, r | a: true, r | p: true, r | a | p: true,
	}
	named := map[decode.Flags]track.Method{
		s: track.MethodSyn, f: track.MethodFin, 0: track.MethodNull, f | p | u: track.MethodXmas, f | a: track.MethodMaimon, a: track.MethodAck,
		s | a: track.MethodFlags, r: track.MethodFlags, s | f: track.MethodFlags, s | r: track.MethodFlags, 0x3f: track.MethodFlags, u: track.MethodFlags,
	}
	for flags := range decode.Flags(64) {
		row := rows.TCP[flags]
		if want, ok := named[flags]; ok && (!row.Starts || row.Method != want) {
			t.Errorf("flags %#x: %+v, want method %d", flags, row, want)
		}
		if earnest[flags] && row.Weight != 0 {
			t.Errorf("flags %#x weigh %d, and hosts send them", flags, row.Weight)
		}
		if opens, ends := flags&^(p|u) == s || flags&^p == s|a, flags&^(p|u) == r|a; earnest[flags] || opens || ends {
			continue // an odd flag beside what is in earnest
		}
		if !row.Starts || 5*row.Weight < track.Threshold || row.Weight <= 0 {
			t.Errorf("flags %#x: %+v: five of them do not establish a scan", flags, row)
		}
	}
	if len(rows.Relations) > track.RelationsMax {
		t.Errorf("%d relations, there is room for %d", len(rows.Relations), track.RelationsMax)
	}
	for i := range rows.Protocol {
		if spoken := i == 1 || i == 6 || i == 17 || i == 50 || i == 89 || i == 132; spoken == rows.Protocol[i].Starts && spoken {
			t.Errorf("protocol %d is in use everywhere", i)
		}
	}
}

// TestShape: how targets are spread.
func TestShape(t *testing.T) {
	for _, tt := range []struct {
		hosts, services int
		want            klaxon.Shape
	}{
		{1, 1, klaxon.ShapeVertical}, {1, 5, klaxon.ShapeVertical}, {1, 60, klaxon.ShapeVertical},
		{3, 1, klaxon.ShapeSweep}, {60, 1, klaxon.ShapeSweep}, {30, 2, klaxon.ShapeSweep},
		{8, 8, klaxon.ShapeBlock}, {3, 20, klaxon.ShapeBlock},
	} {
		s := newSent()
		for h := range tt.hosts {
			for p := range tt.services {
				x := probe(p)
				x.Dst = [16]byte{192, 0, 2, byte(h + 1)}
				x.Seq = uint32(h*977+p*13) + 1
				x.SrcPort = uint16(40000 + h*100 + p)
				s.send(x)
			}
		}
		var j classify.Judge
		v := s.source()
		s.OpenReport(v)
		if v, ok := s.View(v.Index, v.Life); ok {
			if got := j.Describe(v, classify.Verdict{Scan: true, Confidence: klaxon.Established}); got.Shape != tt.want {
				t.Errorf("%d hosts, %d services: %s (%d and %d), want %s", tt.hosts, tt.services, got.Shape, got.Targets.Hosts, got.Targets.Services, tt.want)
			}
		}
	}
}

// TestTargets: an open report lists all that was probed, in ranges, and as much
// as there is room for.
func TestTargets(t *testing.T) {
	s := newSent()
	s.send(probe(0))
	v := s.source()
	if s.OpenReport(v) == nil {
		t.Fatal("no report")
	}
	index, life := v.Index, v.Life
	send := func(port int) {
		p := probe(0)
		p.DstPort, p.Seq, p.SrcPort = uint16(port), uint32(port)*7919+1, uint16(50000+port%1000)
		s.send(p)
	}
	for port := 20; port <= 99; port++ {
		send(port)
	}
	send(65535)
	describe := func() klaxon.Targets {
		var j classify.Judge
		v, _ := s.View(index, life)
		return j.Describe(v, classify.Verdict{Scan: true}).Targets
	}
	want := []klaxon.PortRange{{First: 20, Last: 99}, {First: 65535, Last: 65535}}
	got := describe()
	if fmt.Sprint(got.TCP) != fmt.Sprint(want) || got.Services != 81 || got.Hosts != 1 || got.More || len(got.UDP) != 0 {
		t.Errorf("%+v", got)
	}
	if len(got.Dst) != 1 || got.Dst[0] != netip.MustParseAddr("192.0.2.1") {
		t.Errorf("targets %v", got.Dst)
	}
	for port := 1000; port < 1400; port += 2 {
		send(port)
	}
	if got := describe(); len(got.TCP) != 64 || !got.More || got.Services != 281 {
		t.Errorf("%d ranges, more %v, %d services", len(got.TCP), got.More, got.Services)
	}
	for h := range 3000 {
		p := probe(0)
		p.Dst = [16]byte{10, byte(h >> 8), byte(h), 1}
		p.Seq = uint32(h)*31 + 7
		s.send(p)
	}
	got = describe()
	if off := math.Abs(float64(got.Hosts)/3001 - 1); off > .12 || len(got.Dst) != 32 || !got.More {
		t.Errorf("%d hosts of 3001, %d listed, more %v", got.Hosts, len(got.Dst), got.More)
	}
}
