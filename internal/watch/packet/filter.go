package packet

import (
	"fmt"

	"golang.org/x/net/bpf"

	"klaxon/internal/decode"
)

// EtherTypes (IEEE 802 numbers).
const (
	etherIPv4  = 0x0800
	etherARP   = 0x0806
	etherVLAN  = 0x8100
	etherIPv6  = 0x86dd
	etherQinQ  = 0x88a8
	etherQinQ9 = 0x9100
)

// IP protocols (IANA).
const (
	protoIPv4 = 4
	protoTCP  = 6
	protoUDP  = 17
	protoIPv6 = 41
	protoGRE  = 47
	protoESP  = 50
	protoAH   = 51
	protoSCTP = 132

	extHopByHop    = 0
	extRouting     = 43
	extFragment    = 44
	extDestination = 60
	extMobility    = 135 // this and those below are passed, not walked
	extHIP         = 139
	extShim6       = 140
)

// TCP flags in the byte at offset 13.
const (
	tcpTelling = 0x27 // URG, RST, SYN, FIN: those that begin, end or disturb
	tcpACK     = 0x10
)

const portVXLAN = 4789

// Slots of the filter's scratch memory.
const (
	slotEnd   = 0 // offset behind the IP packet, which the frame's padding follows
	slotProto = 1 // the protocol, while X is moved
)

// Verdicts, as labels at the end of the program.
const (
	drop         = "drop"
	passHeaders  = "pass headers"
	passUDP      = "pass UDP"
	passExtended = "pass extended"
	passMirror   = "pass mirror"
)

// maxTags and maxExtensions are how many VLAN tags and IPv6 extension headers
// are walked. What has more is passed: it is rare, and the decoder can walk.
const (
	maxTags       = 2
	maxExtensions = 3
)

// filter returns the program that decides in the kernel which packets are
// wanted, and how much of each: what begins, ends or refuses, and what belongs
// to nothing. The data of established connections is not. A load behind a
// packet's end drops it (what is cut short there the decoder would call
// malformed).
//
// The kernel strips an outer VLAN tag before the filter runs, so the tags met
// here are inner ones, or those of drivers that leave them in.
func filter(link decode.Link, mirrors bool) ([]bpf.RawInstruction, error) {
	p := newProgram()
	switch link {
	case decode.LinkEthernet:
		p.ethernet()
	case decode.LinkRaw:
		p.rawIP()
	default:
		return nil, fmt.Errorf("make the kernel filter: no program for link type %d", link)
	}
	p.ipv4()
	p.transport("v4", passHeaders, passUDP, mirrors)
	p.ipv6()
	p.transport("v6", passHeaders, passUDP, mirrors)
	p.extensions()
	p.transport("extended", passExtended, passExtended, mirrors)
	p.verdicts()
	return p.assemble()
}

func (p *program) verdicts() {
	for _, v := range []struct {
		label string
		snap  uint32
	}{{drop, 0}, {passHeaders, snapHeaders}, {passUDP, snapUDP}, {passExtended, snapExtended}, {passMirror, snapMirror}} {
		p.label(v.label)
		p.do(bpf.RetConstant{Val: v.snap})
	}
}

// ethernet finds the network header, and leaves its offset in X.
func (p *program) ethernet() {
	for tags := range uint32(maxTags + 1) {
		header := 14 + 4*tags
		p.do(bpf.LoadConstant{Dst: bpf.RegX, Val: header}, bpf.LoadAbsolute{Off: header - 2, Size: 2})
		p.whenAny("v4", etherIPv4)
		p.whenAny("v6", etherIPv6)
		p.whenAny(passHeaders, etherARP)
		p.whenAny(fmt.Sprint("tag ", tags), etherVLAN, etherQinQ, etherQinQ9)
		p.to(drop)
		p.label(fmt.Sprint("tag ", tags))
	}
	p.to(passExtended)
}

// rawIP tells the versions of IP apart on links without a header.
func (p *program) rawIP() {
	p.do(bpf.LoadConstant{Dst: bpf.RegX, Val: 0}, byteAt(0), and(0xf0))
	p.whenAny("v4", 0x40)
	p.whenAny("v6", 0x60)
	p.to(drop)
}

// ipv4 passes first fragments, and the second of a TCP header that was split
// after its first 8 bytes; later ones tell nothing.
func (p *program) ipv4() {
	p.label("v4")
	p.do(halfAt(2), addX(), keep(slotEnd), halfAt(6))
	p.when(bpf.JumpBitsSet, 0x1fff, "v4 later")
	p.when(bpf.JumpBitsSet, 0x2000, passHeaders)
	p.do(byteAt(9), keep(slotProto),
		byteAt(0), and(0x0f), shiftLeft(2), addX(), bpf.TAX{},
		take(slotProto))
	p.to("v4 transport")

	p.label("v4 later")
	p.do(and(0x1fff))
	p.when(bpf.JumpNotEqual, 1, drop)
	p.do(byteAt(9))
	p.when(bpf.JumpEqual, protoTCP, passHeaders)
	p.to(drop)
}

func (p *program) ipv6() {
	p.label("v6")
	p.do(halfAt(4), addX(), add(40), keep(slotEnd),
		byteAt(6), keep(slotProto),
		bpf.TXA{}, add(40), bpf.TAX{},
		take(slotProto))
	p.whenAny("extension 0", extHopByHop, extRouting, extDestination, extFragment, protoAH)
	p.whenAny(passExtended, extMobility, extHIP, extShim6)
	p.to("v6 transport")
}

// extensions walks IPv6 extension headers: A is the kind of the next, X its
// offset.
func (p *program) extensions() {
	for i := range maxExtensions {
		auth, next := fmt.Sprint("auth ", i), fmt.Sprint("extension ", i+1)
		p.label(fmt.Sprint("extension ", i))
		p.when(bpf.JumpEqual, extFragment, "v6 fragment")
		p.when(bpf.JumpEqual, protoAH, auth)
		p.do(byteAt(0), keep(slotProto), byteAt(1), add(1), shiftLeft(3))
		p.to(auth + " skip")
		p.label(auth) // whose length is in words (RFC 4302 section 2.2)
		p.do(byteAt(0), keep(slotProto), byteAt(1), add(2), shiftLeft(2))
		p.label(auth + " skip")
		p.do(addX(), bpf.TAX{}, take(slotProto))
		p.whenAny(next, extHopByHop, extRouting, extDestination, extFragment, protoAH)
		p.to("extended transport")
	}
	p.label(fmt.Sprint("extension ", maxExtensions))
	p.when(bpf.JumpEqual, extFragment, "v6 fragment")
	p.to(passExtended)

	p.label("v6 fragment")
	p.do(halfAt(2), and(0xfff8))
	p.when(bpf.JumpEqual, 0, passExtended)
	p.when(bpf.JumpNotEqual, 8, drop)
	p.do(byteAt(0))
	p.when(bpf.JumpEqual, protoTCP, passExtended)
	p.to(drop)
}

// transport judges what an unfragmented packet carries: A is the protocol, X
// the offset. pass and udp are the verdicts for what is wanted.
func (p *program) transport(name, pass, udp string, mirrors bool) {
	p.label(name + " transport")
	p.when(bpf.JumpEqual, protoTCP, name+" tcp")
	p.when(bpf.JumpEqual, protoUDP, name+" udp")
	p.when(bpf.JumpEqual, protoSCTP, name+" sctp")
	if mirrors {
		p.when(bpf.JumpEqual, protoGRE, passMirror)
	}
	p.whenAny(name+" carrier", protoIPv4, protoIPv6, protoGRE, protoESP, protoAH)
	p.to(pass)

	p.label(name + " udp")
	if mirrors {
		p.do(halfAt(2))
		p.when(bpf.JumpEqual, portVXLAN, passMirror)
	}
	p.to(udp)

	p.label(name + " carrier") // tunnels: their traffic is not ours to judge
	p.do(take(slotEnd), subX())
	p.when(bpf.JumpGreaterThan, bareCarrier, drop)
	p.to(pass)

	p.label(name + " sctp") // DATA, SACK, HEARTBEAT and its ACK are traffic
	p.do(byteAt(12))
	p.whenAny(drop, 0, 3, 4, 5)
	p.to(pass)

	p.tcp(name, pass)
}

// tcp passes segments that begin, end or disturb a connection, and bare ACKs as
// ACK scans send them: sequence 0, or no options and a small window.
func (p *program) tcp(name, pass string) {
	p.label(name + " tcp")
	p.do(byteAt(13))
	p.when(bpf.JumpBitsSet, tcpTelling, pass)
	p.when(bpf.JumpBitsNotSet, tcpACK, pass)
	p.do(wordAt(4))
	p.when(bpf.JumpEqual, 0, pass)
	p.do(byteAt(12), and(0xf0))
	p.when(bpf.JumpNotEqual, 0x50, drop)
	p.do(halfAt(14))
	p.when(bpf.JumpGreaterThan, smallWindow, drop)
	p.do(take(slotEnd), subX())
	p.when(bpf.JumpEqual, 20, pass)
	p.to(drop)
}
