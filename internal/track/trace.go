package track

import "klaxon/internal/decode"

// traceroute is where its datagrams go (LBL traceroute, 1988), and how far its
// packets reach.
const (
	tracerouteFirst = 33434
	tracerouteLast  = 33690
	tracerouteTTL   = 30

	tracerouteFirstTTL = 3
	tracerouteAnswers  = 12
)

// traces tells a packet that may be one of a traceroute's.
func traces(p *decode.Packet) bool {
	return p.TTL <= tracerouteTTL && (p.Kind != decode.KindUDP || p.DstPort >= tracerouteFirst && p.DstPort <= tracerouteLast)
}

// hop notes the hop limit of a contact that may be a traceroute's. Two hop
// limits to one host make one, whose contacts are no probes.
func (t *Tracker) hop(s *Source, c *contact, p *decode.Packet) {
	c.bits |= bitHop
	c.peer = uint32(p.TTL)
	own := t.noteOf(s, c)
	if own == nil || s.hist == 0 {
		return
	}
	trace := false
	notes := t.notesOf(s)
	for i := range notes {
		n := &notes[i]
		if n.Method != MethodUDP || n.Dst != p.Dst || n.tag == own.tag {
			continue
		}
		other := t.noted(p, protoUDP, n)
		if other != nil && other.bits&bitHop != 0 && rises(other.peer, c.peer) {
			t.settle(other, Void)
			trace = true
		}
	}
	if trace {
		t.settle(c, Void)
	}
}

// hops tells whether an echo request to a host that was asked before has another
// hop limit, and lets both be a traceroute's.
func (t *Tracker) hops(c *contact, p *decode.Packet) {
	if c.bits&bitHop != 0 && rises(c.peer, uint32(p.TTL)) && c.outcome != Void {
		t.settle(c, Void)
	}
}

// rises tells two hop limits of a traceroute: it begins with the least that gets
// here, which is one or little more.
func rises(first, second uint32) bool { return first <= tracerouteFirstTTL && second > first }

// hopRefused weighs the refusal of a datagram that is a traceroute's. The target
// answers the last few of them; whoever gets many is no traceroute.
func (t *Tracker) hopRefused(c *contact) {
	s := &t.sources.all[c.source]
	if s.Life != c.life {
		return
	}
	if s.hops = oneMore(s.hops); s.hops > tracerouteAnswers {
		t.settle(c, Refused)
	}
}

// noted returns the contact that a note of a packet's source is about, if it is
// remembered. proto is that of the note's method.
func (t *Tracker) noted(p *decode.Packet, proto uint64, n *Note) *contact {
	src, dst := t.hash.addr(&p.Src, t.scope), t.hash.addr(&n.Dst, t.scope)
	c := t.contacts.find(t.hash.mix(t.hash.mix(src, dst), proto<<32|uint64(n.Port)))
	if c == nil || c.tag != n.tag {
		return nil
	}
	return c
}
