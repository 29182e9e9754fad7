package track

import (
	"klaxon"
	"klaxon/internal/decode"
)

// sprung is the outcome of a contact with a trap: whatever the trap does, nobody
// has a use for it. That it was asked and not connected to is told apart, for the
// technique.
func sprung(o Outcome) Outcome {
	switch o {
	case Success, Empty, Refused, Silent, Dark, Asleep:
		return Trapped
	}
	return o
}

// knock is another SYN or datagram of a source for a trap, or the first whose
// touch came before it.
func (t *Tracker) knock(f *flow, raw bool) {
	c, p := f.ours, f.p
	s := &t.sources.all[c.source]
	pause := t.tick() - c.at
	switch {
	case c.bits&bitUnseen != 0 && c.port == p.SrcPort && pause <= joinWithin:
		t.shown(s, f, raw)
	case p.Kind == decode.KindTCP && c.port == p.SrcPort && c.isn == p.Seq:
		t.again(c, p)
	case s.Life != c.life:
		if t.anew(f, raw, raw != (c.bits&bitRaw != 0)) {
			t.settleAs(c, Pending, t.weigh(c, Pending))
			t.vote(&t.sources.all[c.source], c, p, c.method)
		} else {
			t.awaits(f)
		}
	case p.Kind == decode.KindUDP:
		c.port = p.SrcPort
		t.stream(c)
		t.awaits(f)
	case t.again(c, p):
		t.attempt(f, c.method, p.DstPort, raw)
		t.awaits(f)
		if raw {
			t.half(s, c, p)
		}
	}
	c.bits &^= bitUnseen
}

// half notes that a source comes back with a raw packet to a trap that it connected
// to, the opposite of returns.
func (t *Tracker) half(s *Source, c *contact, p *decode.Packet) {
	if c.bits&bitRaw == 0 && s.Life == c.life && osProbe(p) == 0 && !s.Half {
		s.Half = true
		t.mark(s, c.source)
	}
}

// awaits lets a contact wait for a touch whose source was told of before: a trap may
// be shielded since.
func (t *Tracker) awaits(f *flow) {
	if c := f.ours; c.bits&(bitTrap|bitTouched|bitAwaits) == bitTrap|bitTouched {
		c.bits |= bitAwaits
		t.wait(c, uint32(t.contacts.index(f.fwd)))
	}
}

// waited ends that when no touch came in time for the newest packet.
func (t *Tracker) waited(c *contact, x waiter) {
	switch early := x.due > t.now; {
	case !early && t.tick()-c.at <= joinWithin:
		t.wait(c, x.index)
		return
	case !early:
		t.unreached(&t.sources.all[c.source], c)
	}
	c.bits &^= bitAwaits
}

// shown is the packet that a touch is known of already.
func (t *Tracker) shown(s *Source, f *flow, raw bool) {
	c, p := f.ours, f.p
	t.attempt(f, c.method, p.DstPort, raw)
	c.isn, c.peer = p.Seq, 0
	if s.Life != c.life || c.bits&bitTwin != 0 {
		return
	}
	if s.MAC == ([6]byte{}) {
		s.MAC = p.SrcMAC
	} else if s.Addr == p.Src {
		t.moves(s, c.source, &p.SrcMAC)
	}
	if raw {
		c.bits |= bitRaw
		if n := t.noteOf(s, c); n != nil {
			n.Raw = true
		}
	}
	if c.bits&bitTrap == 0 && t.trapped(transportOf(p), &p.Dst, p.V6, p.DstPort) {
		t.spring(s, c)
	}
	t.settle(c, c.outcome)
	if c.packets == 1 {
		t.vote(s, c, p, c.method)
	}
}

// spring makes a contact one with a trap.
func (t *Tracker) spring(s *Source, c *contact) {
	c.bits |= bitTrap
	s.Traps++
	if n := t.noteOf(s, c); n != nil {
		n.Trap = true
	}
}

// anew lets a contact count anew whose source has begun another life, because an
// alarm of it is over. It tells whether it does: whoever polls a trap was told of
// once, and is not told of again as long as it keeps its pace and has no other technique.
func (t *Tracker) anew(f *flow, raw, other bool) bool {
	c, p := f.ours, f.p
	s, index := &t.sources.all[c.source], c.source
	pause := t.tick() - c.at
	c.at, c.port, c.isn, c.peer = t.tick(), p.SrcPort, p.Seq, 0
	if c.isPaced() {
		if s.Addr == p.Src && follows(pause, c.beat(s)) && !other {
			return false
		}
		c.again, c.pace = 0, 0
	}
	var b start
	f.start(&b, p.DstPort, Row{Method: c.method})
	b.raw, b.trap = raw, c.bits&bitTrap != 0
	if s.Addr != p.Src || s.MAC != p.SrcMAC && p.SrcMAC != ([6]byte{}) { // or another host has its address now
		s, index = t.sourceOf(&b)
	}
	c.source, c.life, c.outcome, c.weight, c.packets = index, s.Life, Pending, 0, 1
	c.bits &= bitTrap | bitDark | bitWhole
	if raw {
		c.bits |= bitRaw
	}
	t.remember(s, index, c, &b)
	t.paced(s, c, pause)
	t.wait(c, uint32(t.contacts.index(f.fwd)))
	return true
}

// follows tells whether a pause in seconds is a poller's, who may miss a beat.
func follows(pause uint32, pace uint16) bool {
	slack := 1 + uint32(pace)/4
	for n := uint32(1); n <= beatsMissed+1 && pace > 0; n++ {
		if d := uint32(pace) * n; pause+slack >= d && pause <= d+slack {
			return true
		}
	}
	return false
}

// lapse settles a contact with a trap after silentAfter, and once more after as
// long again: what came on the wire has had its touch by then, or was no
// connection, and is told by itself. A contact that makes room for another is
// not waited for.
func (t *Tracker) lapse(c *contact, x waiter) {
	if c.bits&bitAwaits != 0 {
		t.waited(c, x)
		return
	}
	if c.bits&(bitTouched|bitWaited) == 0 && x.due <= t.now {
		c.bits |= bitWaited
		t.wait(c, x.index)
		return
	}
	if c.outcome == Pending {
		t.settle(c, Silent)
	}
	if c.outcome == Open {
		t.settle(c, t.untouched(c))
	}
	if s := &t.sources.all[c.source]; c.bits&(bitTouched|bitTwin) == 0 && s.Life == c.life {
		t.missed(s, c)
	}
}

// untouched is the outcome of a contact that a trap answered. It is told of every
// connection that it took.
func (t *Tracker) untouched(c *contact) Outcome {
	if c.bits&(bitProven|bitTouched) != 0 {
		return Success
	}
	return HalfOpen
}

// missed tells of a probe for a trap that did not become a touch.
func (t *Tracker) missed(s *Source, c *contact) {
	t.unreached(s, c)
	c.bits |= bitTouched
	if n := t.noteOf(s, c); n != nil {
		t.told(s, c, n)
	}
}

// unreached counts a probe that no trap told of. A drill says nothing of what is in
// front of one.
func (t *Tracker) unreached(s *Source, c *contact) {
	switch x := t.trapOf(c); {
	case x == nil || s.Marks&TouchDrill != 0:
	case c.bits&bitAnswered != 0:
		x.Halves++
		x.reached(t.came(c))
	default:
		x.missed(t.hash.host(&s.Addr, 0), t.near(s), t.came(c))
	}
}

// came is when the newest packet of a contact came, to the second before.
func (t *Tracker) came(c *contact) int64 { return t.base + int64(c.at)*1e9 }

// told asks for a judgement of a source that touched a trap.
func (t *Tracker) told(s *Source, c *contact, n *Note) {
	if s.names(n.Trap) {
		s.Touched = *n
	}
	s.Touches++
	t.mark(s, c.source)
}

// names tells whether a new touch is the one to be named: of services that are
// watched by name the newest, of traps the first, and of those that are known by
// hearsay the first until a trap tells of one itself.
func (s *Source) names(trap bool) bool {
	return s.Touches == 0 || !s.Touched.Trap && (trap || s.Marks&TouchRelayed == 0)
}

func transportOf(p *decode.Packet) klaxon.Transport {
	if p.Kind == decode.KindUDP {
		return klaxon.UDP
	}
	return klaxon.TCP
}
