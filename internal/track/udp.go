package track

import "klaxon/internal/decode"

const protoUDP = 17

// replyPorts are services that answer late, or more often than they were
// asked: a datagram from one of them to a high port is an answer.
var replyPorts = [...]uint16{53, 69, 123, 137, 161, 389, 443, 500, 1194, 1900, 3478, 4500, 5060, 5353, 11211, 51820}

// mutePorts are services of which no answer means nothing: resolvers and
// clocks are asked in parallel, and QUIC is tried beside TCP.
var mutePorts = [...]uint16{53, 123, 443, 5353, 1900}

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
	case t.reply(p), trace(p):
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

func (t *Tracker) reply(p *decode.Packet) bool {
	return p.DstPort >= 1024 && has(replyPorts[:], p.SrcPort)
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
	c.at = t.tick()
	if c.packets == 255 {
		return
	}
	c.packets++
	if c.packets == 2 {
		if s := &t.sources.all[c.source]; s.Life == c.life {
			s.Repeats++
		}
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
	if c == nil || c.port != q.SrcPort {
		return
	}
	t.seenBoth(c, nil)
	if c.outcome == Pending || c.outcome == Silent {
		t.settle(c, Refused)
	}
}
