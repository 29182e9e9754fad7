package track

import "klaxon/internal/decode"

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

// leased tells protocols that ask whom they hear of, over broadcast: DHCP
// (RFC 2131, RFC 8415), and NetBIOS names from port to port.
func leased(p *decode.Packet) bool {
	switch p.DstPort {
	case 67, 68:
		return p.SrcPort == 67 || p.SrcPort == 68
	case 546, 547:
		return p.SrcPort == 546 || p.SrcPort == 547
	case 137:
		return p.SrcPort == 137
	}
	return false
}

// mutePorts are services of which no answer means nothing: resolvers and
// clocks are asked in parallel, and QUIC is tried beside TCP.
var mutePorts = [...]uint16{53, 123, 443, 5353, 1900}

const portQUIC = 443

// traceroute is where its datagrams go (LBL traceroute, 1988).
const (
	tracerouteFirst = 33434
	tracerouteLast  = 33690
	tracerouteTTL   = 30
)

func (t *Tracker) udp(p *decode.Packet) {
	var f flow
	t.flow(&f, p, protoUDP, 0)
	switch {
	case f.theirs != nil:
		t.replied(f.theirs, &p.Src)
	case f.ours != nil:
		t.stream(f.ours)
	case reply(p), trace(p):
	case leased(p):
		t.leases(p)
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
	b.watched = t.watchedUDP(p.DstPort)
	c, s := t.begin(&b)
	c.port = p.SrcPort
	t.vote(s, c, p, MethodUDP)
	if has(mutePorts[:], p.DstPort) {
		c.bits |= bitMute
	}
}

func reply(p *decode.Packet) bool {
	if p.DstPort < 1024 || p.DataLen < replyLeast {
		return false
	}
	return p.SrcPort < 1024 && p.DataLen >= replyAnybody || has(replyPorts[:], p.SrcPort)
}

// leases notes a DHCP server, which looks for an address before it gives it away
// (RFC 2131 section 3.1).
func (t *Tracker) leases(p *decode.Packet) {
	if p.SrcPort == 67 && p.DstPort == 68 || p.SrcPort == 547 && p.DstPort == 546 {
		t.lessors[t.lessor%len(t.lessors)] = t.hash.addr(&p.Src, t.scope)
		t.lessor++
	}
}

// isLessor tells whether an address gave leases of late.
func (t *Tracker) isLessor(a *[16]byte) bool {
	if t.lessor == 0 {
		return false
	}
	h := t.hash.addr(a, t.scope)
	for _, l := range t.lessors {
		if l == h {
			return true
		}
	}
	return false
}

func trace(p *decode.Packet) bool {
	return p.DstPort >= tracerouteFirst && p.DstPort <= tracerouteLast && p.TTL <= tracerouteTTL
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

// stream counts the datagrams of a contact: many of them to a target that never
// refuses are media or a tunnel, of which one direction is seen.
func (t *Tracker) stream(c *contact) {
	pause := t.tick() - c.at
	c.at = t.tick()
	c.packets = oneMore(c.packets)
	if s := &t.sources.all[c.source]; s.Life == c.life {
		t.paced(s, c, pause)
	}
	if c.packets >= streamPackets && (c.outcome == Pending || c.outcome == Silent) {
		t.settle(c, Void)
	}
}

// unreachable settles the contact that an ICMP error is about.
func (t *Tracker) unreachable(q *decode.Quote, v6 bool) {
	if !q.Valid {
		return
	}
	g := &t.quoted
	g.Src, g.Dst, g.SrcPort, g.DstPort, g.V6, g.Proto = q.Src, q.Dst, q.SrcPort, q.DstPort, v6, q.Proto
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
	t.seenBoth(c, nil)
	if c.outcome == Pending || c.outcome == Silent {
		if c.bits&bitMute != 0 && c.dport == portQUIC {
			t.settle(c, Void) // the client comes back over TCP
			return
		}
		t.settle(c, Refused)
	}
}
