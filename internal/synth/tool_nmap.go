package synth

import (
	"net/netip"
	"time"

	"klaxon/internal/decode"
)

// Nmap is one run of nmap with raw packets (nmap 7.93, watched): sequence
// number and source port are the same for all targets of a scan, the TTL is
// another one for every packet; another try changes both halves of the sequence
// number by its ordinal, and the port.
type Nmap struct {
	Sender
	Tries   int          // 2 unless it is changed
	From    uint16       // fixed source port (-g), 0 for none
	Decoys  []netip.Addr // (-D)
	Payload int          // (--data-length)
}

// Nmap starts nmap on the host.
func (h *Host) Nmap() *Nmap { return &Nmap{Sender: h.sender(), Tries: 2} }

// group is what the packets of one scan share.
type group struct {
	mask uint32
	base uint16
}

func (n *Nmap) group() group {
	g := group{mask: n.w.u32(), base: uint16(n.w.between(33000, 64000))}
	if n.From != 0 {
		g.base = n.From
	}
	return g
}

func (g group) seq(try int) uint32 { return g.mask ^ (uint32(try)<<16 | uint32(try)) }

func (g group) port(n *Nmap, try int) uint16 {
	if n.From != 0 {
		return n.From
	}
	return g.base + uint16(2*try)
}

// ttl is another one for each packet; over IPv6 it is 255.
func (n *Nmap) ttl(to netip.Addr) uint8 {
	if to.Is6() {
		return 255
	}
	return uint8(n.w.between(37, 59)) + n.h.hops
}

// raw makes a packet of nmap.
func (n *Nmap) raw(to netip.Addr, b Body) *Packet { return n.packet(to, n.ttl(to), n.w.u16(), b) }

// scan probes everything, and again what did not answer.
func (n *Nmap) scan(list []aim, probe func(try int, a aim) Body) {
	for try := 0; try < n.Tries && len(list) > 0; try++ {
		var left []aim
		for _, a := range list {
			if !n.fire(a, probe(try, a)) {
				left = append(left, a)
			}
		}
		list = left
		n.w.Wait(time.Second)
	}
}

// fire sends a probe, and the same from every decoy.
func (n *Nmap) fire(a aim, b Body) (answered bool) {
	p := n.raw(a.to, b)
	for i := range n.Decoys {
		if i == len(n.Decoys)/2 {
			answered = n.w.send(p)
		}
		d := *p
		d.Src, d.TTL = n.Decoys[i], n.ttl(a.to)
		n.w.send(&d)
		n.w.Wait(4 * time.Microsecond)
	}
	if len(n.Decoys) == 0 {
		answered = n.w.send(p)
	}
	n.w.Wait(n.w.About(n.Pace))
	return answered
}

func (n *Nmap) tcp(to []netip.Addr, ports []uint16, flags decode.Flags) {
	g := n.group()
	n.scan(n.w.aims(to, ports), func(try int, a aim) Body {
		s := Segment{SrcPort: g.port(n, try), DstPort: a.port, Flags: flags, Window: 1024, Seq: g.seq(try), Data: zeros(n.Payload)}
		if flags&syn != 0 {
			s.Options = options(mss(1460))
		}
		if flags&ack != 0 { // then the acknowledgement is what is the same
			s.Seq, s.Ack = 0, g.seq(try)
			if flags&syn != 0 {
				s.Seq = n.w.u32()
			}
		}
		return s
	})
}

// SYN is -sS.
func (n *Nmap) SYN(to []netip.Addr, ports []uint16) { n.tcp(to, ports, syn) }

// FIN is -sF.
func (n *Nmap) FIN(to []netip.Addr, ports []uint16) { n.tcp(to, ports, fin) }

// Null is -sN.
func (n *Nmap) Null(to []netip.Addr, ports []uint16) { n.tcp(to, ports, 0) }

// Xmas is -sX.
func (n *Nmap) Xmas(to []netip.Addr, ports []uint16) { n.tcp(to, ports, fin|psh|urg) }

// Maimon is -sM.
func (n *Nmap) Maimon(to []netip.Addr, ports []uint16) { n.tcp(to, ports, fin|ack) }

// ACK is -sA, and -sW, which sends the same.
func (n *Nmap) ACK(to []netip.Addr, ports []uint16) { n.tcp(to, ports, ack) }

// Flags is --scanflags.
func (n *Nmap) Flags(to []netip.Addr, ports []uint16, f decode.Flags) { n.tcp(to, ports, f) }

// UDP is -sU.
func (n *Nmap) UDP(to []netip.Addr, ports []uint16) {
	g := n.group()
	n.scan(n.w.aims(to, ports), func(try int, a aim) Body {
		d := Datagram{SrcPort: g.port(n, try), DstPort: a.port, Data: zeros(n.Payload)}
		if size, ok := payloads[a.port]; ok {
			d.Data = zeros(size)
		}
		return d
	})
}

// payloads are the sizes of what nmap asks a few services.
var payloads = map[uint16]int{53: 12, 111: 40, 123: 48, 137: 50, 161: 60, 500: 192, 1900: 94}

// SCTPInit is -sY.
func (n *Nmap) SCTPInit(to []netip.Addr, ports []uint16) {
	g := n.group()
	n.scan(n.w.aims(to, ports), func(try int, a aim) Body {
		return SCTP{SrcPort: g.port(n, try), DstPort: a.port, Chunk: chunkInit, Data: initChunk(n.w.u32(), n.w.u32())}
	})
}

// SCTPCookie is -sZ.
func (n *Nmap) SCTPCookie(to []netip.Addr, ports []uint16) {
	g := n.group()
	n.scan(n.w.aims(to, ports), func(try int, a aim) Body {
		return SCTP{SrcPort: g.port(n, try), DstPort: a.port, Tag: n.w.u32(), Chunk: chunkCookie, Data: zeros(4)}
	})
}

// Protocols is -sO.
func (n *Nmap) Protocols(to []netip.Addr, first, last int) {
	g := n.group()
	n.scan(n.w.aims(to, Ports(first, last)), func(_ int, a aim) Body { return n.protocol(g, a) })
}

func (n *Nmap) protocol(g group, a aim) Body {
	switch a.port {
	case protoICMP:
		return ICMP{Type: 8, ID: n.w.u16()}
	case protoICMPv6:
		return echo(netip.IPv6Unspecified(), n.w.u16(), 0, nil)
	case protoTCP:
		return Segment{SrcPort: g.base, DstPort: 80, Flags: ack, Window: 1024, Ack: g.mask}
	case protoUDP:
		return Datagram{SrcPort: g.base, DstPort: 40125}
	case protoSCTP:
		return SCTP{SrcPort: g.base, DstPort: 80, Chunk: chunkInit, Data: initChunk(n.w.u32(), n.w.u32())}
	}
	return Raw{Number: uint8(a.port)}
}
