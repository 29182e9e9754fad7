package track

import (
	"klaxon"
	"klaxon/internal/decode"
)

const protoUDP = 17

// replyPorts are services that answer late, more often than they were asked, or
// whom they were not asked by: a datagram from one of them to a high port is an
// answer, when it is long enough for one. A probe that borrows the port is empty.
var replyPorts = [...]uint16{
	53, 69, 123, 137, 161, 389, 443, 500, 1194, 1434, 1604, 1812, 1900, 3283, 3389, 3478, 3702, 4500, 5060, 5353, 5683,
	10001, 11211, 27015, 37810, 51820,
}

// The least that an answer has: a DNS header, and what amplification is for.
const (
	replyLeast   = 12
	replyAnybody = 200 // from any port below 1024
)

// leased tells the protocols by which addresses are given away (RFC 2131,
// RFC 8415), whose servers and clients have fixed ports.
func leased(p *decode.Packet) bool {
	switch p.DstPort {
	case 67, 68:
		return p.SrcPort == 67 || p.SrcPort == 68
	case 546, 547:
		return p.SrcPort == 546 || p.SrcPort == 547
	}
	return false
}

// mutePorts are services of which no answer means nothing: resolvers and
// clocks are asked in parallel.
var mutePorts = [...]uint16{53, 123, 5353, 1900}

// portQUIC is tried beside TCP, and a refusal means nothing, either (RFC 9308).
const portQUIC = 443

func (t *Tracker) udp(p *decode.Packet) {
	var f flow
	t.flow(&f, p, protoUDP, 0)
	t.afresh(&f)
	switch {
	case f.theirs != nil && t.asked(f.theirs, p):
		t.replied(f.theirs, &p.Src)
	case f.ours != nil && f.ours.bits&(bitTrap|bitUnseen) != 0:
		t.knock(&f, false)
	case f.ours != nil:
		f.ours.port = p.SrcPort
		t.stream(f.ours)
	case p.SrcPort < 1024 && (reply(p) || late(p) && t.met(&p.Dst, &p.Src)):
	case leased(p):
		t.leases(p)
	case p.SrcPort == 137 && p.DstPort == 137 && t.met(&p.Dst, &p.Src):
		// NetBIOS asks whoever calls for his name.
	default:
		t.datagram(&f, p)
	}
}

func (t *Tracker) datagram(f *flow, p *decode.Packet) {
	if t.attempt(f, MethodUDP, p.DstPort, true) {
		return
	}
	var b start
	f.start(&b, p.DstPort, t.rows.UDP)
	b.trap = t.traps.any() && t.trapped(klaxon.UDP, &p.Dst, p.V6, p.DstPort)
	b.watched = !b.trap && t.watchedUDP(p.DstPort)
	c, s := t.begin(&b)
	c.port = p.SrcPort
	t.vote(s, c, p, MethodUDP)
	if traces(p) {
		t.hop(s, c, p)
	}
	switch {
	case p.DstPort == portQUIC, late(p) && p.SrcPort < 1024: // the client comes back over TCP; the other one asked, unseen
		c.bits |= bitMute | bitExcused
	case reply(p) && t.few(s, c):
		c.bits |= bitMute | bitExcused
	case reply(p), late(p) && t.few(s, c): // from a port that anybody may have: a refusal counts
		c.bits |= bitMute
	case has(mutePorts[:], p.DstPort):
		c.bits |= bitMute
	}
}

// reply tells a datagram that is an answer by its ports and its size, whether a
// request was seen or not.
func reply(p *decode.Packet) bool {
	return p.DataLen >= replyAnybody && (p.SrcPort < 1024 && p.DstPort >= 1024 || has(replyPorts[:], p.SrcPort))
}

// late tells a small datagram that may be an answer: what comes of it means
// nothing, but that of a tool betrays itself.
func late(p *decode.Packet) bool {
	return p.DataLen >= replyLeast && p.SrcPort != p.DstPort && has(replyPorts[:], p.SrcPort)
}

// leases forgives a DHCP server that looked for an address before it gave it away
// (RFC 2131 section 3.1).
func (t *Tracker) leases(p *decode.Packet) {
	if p.SrcPort != 67 || p.DstPort != 68 {
		return
	}
	src, dst := t.hash.addr(&p.Src, t.scope), t.hash.addr(&p.Dst, t.scope)
	c := t.contacts.find(t.hash.mix(t.hash.mix(src, dst), protoICMP<<32|decode.ICMPEcho<<40))
	if c != nil && c.method == MethodEcho {
		t.settle(c, Void)
	}
}

func has(ports []uint16, port uint16) bool {
	for _, p := range ports {
		if p == port {
			return true
		}
	}
	return false
}

// replied settles a contact that was answered by a protocol without handshakes.
func (t *Tracker) replied(c *contact, dst *[16]byte) {
	if c.bits&bitAnswered != 0 {
		return
	}
	c.bits |= bitAnswered
	t.seenBoth(c, dst)
	t.ended(dst)
	if c.outcome != Refused {
		t.settle(c, Success)
	}
}

// asked tells whether a datagram answers a contact: it goes to the port of the
// newest request, or to one of those before, of which there are few for each
// request, or a host that asked could be scanned from the port it asked.
func (t *Tracker) asked(c *contact, p *decode.Packet) bool {
	if c.method != MethodUDP || c.port == p.DstPort || c.packets == 255 {
		return true
	}
	c.peer++
	return c.peer <= 2*uint32(c.packets-1)
}

// stream counts the datagrams of a contact: many of them to a target that did not
// refuse in its time are media or a tunnel, of which one direction is seen.
func (t *Tracker) stream(c *contact) {
	pause := t.tick() - c.at
	c.at = t.tick()
	c.packets = oneMore(c.packets)
	if s := &t.sources.all[c.source]; s.Life == c.life {
		t.paced(s, c, pause)
	}
	if c.outcome == Silent && t.streams(c) {
		t.settle(c, Void)
	}
}

// streams tells whether a contact has as many datagrams as a stream. More than a
// few streams to one host must be long ones.
func (t *Tracker) streams(c *contact) bool {
	s := &t.sources.all[c.source]
	if c.method != MethodUDP || c.packets < streamPackets || s.Life != c.life {
		return false
	}
	return c.packets >= streamLong || t.few(s, c)
}

// few tells whether a contact's target has so few such services that a client may
// have tried them.
func (t *Tracker) few(s *Source, c *contact) bool { return t.elsewhere(s, c) < freeHost }

// elsewhere counts the other services of a contact's target that its source sent
// datagrams to and got none from.
func (t *Tracker) elsewhere(s *Source, c *contact) (n int) {
	this := t.noteOf(s, c)
	if this == nil {
		return 0
	}
	notes := t.notesOf(s)
	for i := range notes {
		o := &notes[i]
		if o != this && o.Method == MethodUDP && o.Outcome != Success && o.Dst == this.Dst {
			n++
		}
	}
	return n
}

// unreachable settles the contact that an ICMP error is about.
func (t *Tracker) unreachable(p *decode.Packet) {
	q := &p.Quoted
	if !q.Valid {
		return
	}
	g := &t.quoted
	g.Src, g.Dst, g.SrcPort, g.DstPort, g.V6, g.Proto = q.Src, q.Dst, q.SrcPort, q.DstPort, p.V6, q.Proto
	var f flow
	t.flow(&f, g, uint64(q.Proto), 0)
	if q.Proto != protoTCP && q.Proto != protoUDP && q.Proto != protoSCTP {
		t.flow(&f, g, protoAny, uint64(q.Proto))
	}
	c := f.ours
	if q.Proto == protoTCP && (c == nil || c.port != q.SrcPort) {
		t.unreachableLone(g)
		return
	}
	if c == nil || c.port != q.SrcPort {
		return
	}
	var from *[16]byte // the target, unless a router speaks for it
	if p.Src == q.Dst {
		from = &q.Dst
	}
	t.seenBoth(c, from)
	if c.outcome == Void && c.bits&bitHop != 0 {
		t.hopRefused(c)
	}
	if c.outcome.unanswered() {
		if c.bits&bitExcused != 0 {
			t.settle(c, Void)
			return
		}
		t.settle(c, Refused)
	}
}
