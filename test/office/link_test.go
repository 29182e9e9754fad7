package office

import (
	"net/netip"
	"time"

	"klaxon/internal/decode"
	"klaxon/internal/synth"
)

var everybody = netip.MustParseAddr("255.255.255.255")

// lease is what a machine says before it has an address, and what it is told.
func (o *office) lease(p *pc) {
	ask := synth.Datagram{SrcPort: 68, DstPort: 67, Data: make([]byte, 300)}
	dhcp := o.servers.dcs[0]
	p.h.SayFrom(netip.IPv4Unspecified(), everybody, ask)
	if o.chance(.1) {
		dhcp.Ping(p.h.Addr, 0) // is it free?
	}
	dhcp.Say(p.h.Addr, synth.Datagram{SrcPort: 67, DstPort: 68, Data: make([]byte, 300)})
	p.h.SayFrom(netip.IPv4Unspecified(), everybody, ask)
	if o.lan.Net.Contains(p.h.Addr) {
		o.inTurn(3, time.Second, func(int) { p.h.SayARP(netip.IPv4Unspecified(), p.h.Addr) })
		o.After(3*time.Second, func() { p.h.SayARP(p.h.Addr, p.h.Addr) })
	}
}

// duplicate looks whether an address is in use (RFC 4862 section 5.4).
func (o *office) duplicate(p *pc, a netip.Addr) {
	v := a.As16()
	group := netip.AddrFrom16([16]byte{0xff, 2, 11: 1, 12: 0xff, 13: v[13], 14: v[14], 15: v[15]})
	p.private.SayFrom(netip.IPv6Unspecified(), group, synth.ICMP{V6: true, Type: 135, Data: v[:]})
	p.private.Say(netip.MustParseAddr("ff02::2"), synth.ICMP{V6: true, Type: 133})
}

// shout is what is said to all.
func (o *office) shout(p *pc) {
	from := uint16(50000 + o.Rand().IntN(500))
	switch o.Rand().IntN(5) {
	case 0:
		p.h.AskFrom(5353, netip.MustParseAddr("224.0.0.251"), 5353, 60)
	case 1:
		p.h.AskFrom(from, netip.MustParseAddr("239.255.255.250"), 1900, 130)
		printer := pick(o, o.prints)
		printer.Say(p.h.Addr, synth.Datagram{SrcPort: 1900, DstPort: from, Data: make([]byte, 300)})
		p.h.Connect(printer.Addr, 80, synth.Talk{Up: 300, Down: 2000})
	case 2:
		p.h.AskFrom(from, netip.MustParseAddr("224.0.0.252"), 5355, 30)
	case 3:
		p.h.AskFrom(137, netip.MustParseAddr("10.1.0.255"), 137, 50)
		p.h.AskFrom(17500, everybody, 17500, 130)
	case 4:
		p.h.AskFrom(from, netip.MustParseAddr("239.255.255.250"), 3702, 600)
		printer := pick(o, o.prints)
		printer.Say(p.h.Addr, synth.Datagram{SrcPort: 3702, DstPort: from, Data: make([]byte, 600)})
	}
}

// leftover is the end of a connection that the other side has forgotten.
func (o *office) leftover(to uint16, s *synth.Stack) synth.Segment {
	g := synth.Segment{
		SrcPort: 443, DstPort: to, Seq: o.Rand().Uint32(), Ack: o.Rand().Uint32(),
		Flags: decode.FIN | decode.ACK, Window: s.Later,
	}
	if to != 443 {
		g.SrcPort, g.DstPort = to, 443
	} else {
		g.DstPort = uint16(50000 + o.Rand().IntN(9000))
	}
	if o.chance(.3) {
		g.Flags = decode.RST | decode.ACK
	}
	return g
}

// furnish sets up the printers, and who looks after them.
func (o *office) furnish() {
	for i := range 8 {
		o.prints = append(o.prints, o.Host(o.lan.Addr(180+i).String()).Runs(synth.Small).Open(80, 443, 515, 631, 9100).OpenUDP(80, 161))
	}
	gone := []netip.Addr{o.lan.Addr(190), o.lan.Addr(191), netip.MustParseAddr("10.1.1.200")}
	o.steadily(5*time.Minute, func() {
		for _, p := range o.prints {
			o.ask(o.servers.print, p, 161, 80)
		}
		for _, a := range gone {
			o.servers.print.AskFrom(50001, a, 161, 80)
		}
	})
	o.steadily(10*time.Minute, func() { // the router tells of itself (RFC 4861)
		o.lan6.Router.Say(netip.MustParseAddr("ff02::1"), synth.ICMP{V6: true, Type: 134, Data: make([]byte, 24)})
	})
	o.often(30*time.Minute, func() { // and looks for privacy addresses that are gone
		v := o.lan6.Addr(0).As16()
		for i := 8; i < 16; i++ {
			v[i] = byte(o.Rand().Uint32())
		}
		o.lan6.Router.WhoHas(netip.AddrFrom16(v), 3)
	})
}
