package main

import (
	"testing"

	"klaxon/internal/decode"
	"klaxon/internal/plot"
)

// TestPoint: what asks is drawn, and what answers is not.
func TestPoint(t *testing.T) {
	four := decode.Packet{Src: [16]byte{192, 0, 2, 7}, DstPort: 22}
	tests := []struct {
		what   string
		change func(*decode.Packet)
		band   plot.Band
		drawn  bool
	}{
		{"SYN", func(p *decode.Packet) { p.Kind, p.Flags = decode.KindTCP, decode.SYN }, plot.Ports, true},
		{"no flag", func(p *decode.Packet) { p.Kind = decode.KindTCP }, plot.Ports, true},
		{"lone ACK", func(p *decode.Packet) { p.Kind, p.Flags = decode.KindTCP, decode.ACK }, plot.Ports, true},
		{"SYN+ACK", func(p *decode.Packet) { p.Kind, p.Flags = decode.KindTCP, decode.SYN|decode.ACK }, 0, false},
		{"RST", func(p *decode.Packet) { p.Kind, p.Flags = decode.KindTCP, decode.RST|decode.ACK }, 0, false},
		{"data", func(p *decode.Packet) { p.Kind, p.Flags, p.DataLen = decode.KindTCP, decode.ACK, 9 }, 0, false},
		{"UDP", func(p *decode.Packet) { p.Kind = decode.KindUDP }, plot.Ports, true},
		{"SCTP", func(p *decode.Packet) { p.Kind = decode.KindSCTP }, plot.Ports, true},
		{"echo", func(p *decode.Packet) { p.Kind, p.ICMPType = decode.KindICMP, 8 }, plot.ICMP, true},
		{"echo reply", func(p *decode.Packet) { p.Kind = decode.KindICMP }, 0, false},
		{"unreachable", func(p *decode.Packet) { p.Kind, p.ICMPType = decode.KindICMP, 3 }, 0, false},
		{"ICMPv6 echo", func(p *decode.Packet) { p.Kind, p.ICMPType = decode.KindICMPv6, 128 }, plot.ICMP, true},
		{"solicitation", func(p *decode.Packet) { p.Kind, p.ICMPType = decode.KindICMPv6, 135 }, plot.Neighbour, true},
		{"advertisement", func(p *decode.Packet) { p.Kind, p.ICMPType = decode.KindICMPv6, 136 }, 0, false},
		{"ARP request", func(p *decode.Packet) { p.Kind, p.ARPOp = decode.KindARP, 1 }, plot.Neighbour, true},
		{"ARP reply", func(p *decode.Packet) { p.Kind, p.ARPOp = decode.KindARP, 2 }, 0, false},
		{"protocol", func(p *decode.Packet) { p.Kind = decode.KindIP }, plot.Protocol, true},
		{"fragment", func(p *decode.Packet) { p.Kind = decode.KindFragment }, 0, false},
	}
	for _, tt := range tests {
		p := four
		tt.change(&p)
		pt, ok := point(9, &p)
		if ok != tt.drawn || ok && (pt.Band != tt.band || pt.Time != 9 || pt.Source.String() != "192.0.2.7" || pt.Port != 22) {
			t.Errorf("%s: %+v, %v", tt.what, pt, ok)
		}
	}
	six := decode.Packet{Kind: decode.KindUDP, V6: true, Src: [16]byte{0x20, 1, 15: 7}}
	if pt, ok := point(9, &six); !ok || pt.Source.String() != "2001::7" {
		t.Errorf("%+v", pt)
	}
}
