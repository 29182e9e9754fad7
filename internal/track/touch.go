package track

import (
	"net/netip"

	"klaxon"
	"klaxon/internal/decode"
)

// Touch takes the touch of a trap, at a time in nanoseconds since 1970. It is
// evidence of its source as a packet is. What the wire shows of the same
// connection, before or after, joins it. It returns the index and the life of the
// source that it counts for, life 0 for none.
func (t *Tracker) Touch(at int64, x *klaxon.Touch) (index, life uint32) {
	t.Advance(at)
	p := &t.knocker
	if *p = (decode.Packet{}); !packetOf(p, x) || !t.usable(p) {
		t.counts.NotOne++
		return 0, 0
	}
	t.counts.Touches++
	if p.V6 && p.SrcMAC == ([6]byte{}) {
		p.SrcMAC = t.hardwareOf(&p.Src)
	}
	hearsay := marksOf(x)&TouchRelayed != 0
	scope, drill := t.drillOf(x)
	if !hearsay && !drill {
		t.traps.own(p.Dst)
		if trap := t.traps.find(x.Transport, p.DstPort); trap != nil {
			trap.Touches++
			trap.reached(t.now)
		}
	}
	var f flow
	if drill {
		t.scope = scope
		t.flow(&f, p, uint64(p.Proto), 0)
	} else {
		t.touchFlow(&f, p)
	}
	c := f.ours
	if c == nil {
		c = t.touchFirst(&f, hearsay)
	} else if !t.touchAgain(&f, hearsay) {
		c = nil
	}
	if c == nil {
		return 0, 0
	}
	s := &t.sources.all[c.source]
	if s.Life == c.life {
		s.Marks |= t.believed(x, drill)
		s.Reached = min(s.Reached, 1<<16-2) + 1
	}
	if x.Proof >= klaxon.ProofHandshake {
		c.bits |= bitWhole
		t.prove(c, x.Proof)
	}
	if x.Proof == klaxon.ProofHandshake && s.Life == c.life {
		t.whole(s, c)
	}
	return c.source, c.life
}

// touchFlow looks a touch up in the scopes that traps are probed in.
func (t *Tracker) touchFlow(f *flow, p *decode.Packet) {
	key := uint64(p.Proto)
	for _, scope := range t.traps.scopes {
		t.scope = scope
		if t.flow(f, p, key, 0); f.ours != nil {
			return
		}
	}
	t.scope = t.touchScope(p)
	t.flow(f, p, key, 0)
}

// touchScope is the scope that a source's packets will come in, as far as can be
// known before they do.
func (t *Tracker) touchScope(p *decode.Packet) uint8 {
	b := start{src: &p.Src, dst: &p.Dst, mac: &p.SrcMAC, v6: p.V6}
	for _, scope := range t.traps.scopes {
		t.scope, b.from = scope, t.hash.addr(&p.Src, scope)
		hash, _ := t.sourceKey(&b)
		if s, _ := t.sources.find(hash); s != nil {
			return scope
		}
	}
	switch c := &t.copies; {
	case len(t.traps.scopes) > 0:
		return t.traps.scopes[0]
	case c.first > 0:
		first := uint8(c.first - 1)
		return first + c.alias[first]
	}
	return 0
}

// touchFirst makes a contact of a touch that nothing is known of yet; nil when it
// is part of a flood that anybody may have forged.
func (t *Tracker) touchFirst(f *flow, hearsay bool) *contact {
	p := f.p
	m := methodOf(p)
	if m == MethodUDP && t.forged(f) {
		return nil
	}
	var b start
	f.start(&b, p.DstPort, Row{Method: m})
	b.trap, b.watched, b.deaf = !hearsay, true, true
	c, _ := t.begin(&b)
	c.port = p.SrcPort
	c.bits |= bitTouched | bitUnseen
	t.settle(c, touchOutcome(hearsay))
	return c
}

// touchOutcome is that of a touch. What a stranger on this host says of others is
// told, and is evidence against nobody.
func touchOutcome(hearsay bool) Outcome {
	if hearsay {
		return Void
	}
	return Trapped
}

// forged tells whether a datagram is part of a flood. It is counted where no wire
// is watched, which counts it otherwise.
func (t *Tracker) forged(f *flow) bool {
	if t.copies.first > 0 {
		return t.flooded(&f.p.Dst, f.p.DstPort)
	}
	return t.attempt(f, MethodUDP, f.p.DstPort, true)
}

// touchAgain takes a touch of a contact that is known: the wire showed it, or its
// source comes back. It tells whether it counts.
func (t *Tracker) touchAgain(f *flow, hearsay bool) bool {
	c, p := f.ours, f.p
	s := &t.sources.all[c.source]
	pause := t.tick() - c.at
	joins := c.port == p.SrcPort && pause <= joinWithin
	c.bits &^= bitAwaits
	switch {
	case s.Life != c.life:
		if joins || !t.anew(f, false, c.bits&bitWhole == 0 && p.Kind == decode.KindTCP) {
			c.bits |= bitUnseen
			return false
		}
		s = &t.sources.all[c.source]
		c.bits |= bitUnseen
	case !joins:
		c.at, c.port, c.packets = t.tick(), p.SrcPort, oneMore(c.packets)
		c.bits |= bitUnseen
		t.returns(s, c, false)
		s.Last = t.now
		t.paced(s, c, pause)
	}
	if c.bits&bitTwin != 0 {
		return true
	}
	if !hearsay && c.bits&bitTouched != 0 && c.outcome == Void { // so far a stranger on this host said so
		c.bits &^= bitTouched
		s.Marks &^= TouchRelayed
	}
	t.touched(s, c, p, hearsay)
	return true
}

// touched notes that a contact is a touch.
func (t *Tracker) touched(s *Source, c *contact, p *decode.Packet, hearsay bool) {
	if !hearsay {
		if c.bits&bitTrap == 0 {
			t.spring(s, c)
		}
		t.settle(c, Trapped)
	}
	if c.bits&bitTouched != 0 {
		return
	}
	c.bits |= bitTouched
	n := t.noteOf(s, c)
	if n == nil {
		b := start{src: &p.Src, dst: &p.Dst, v6: p.V6, port: p.DstPort, method: c.method, trap: !hearsay, raw: c.bits&bitRaw != 0}
		n = new(Note)
		t.note(n, c, &b)
		n.Outcome = c.outcome
	}
	t.told(s, c, n)
}

// packetOf writes what a packet of the touch would show. It tells whether a touch
// is one of a source and of a trap.
func packetOf(p *decode.Packet, x *klaxon.Touch) bool {
	if !x.Source.Addr.IsValid() || !x.Target.Addr.IsValid() || x.Source.Addr.Unmap().Is4() != x.Target.Addr.Unmap().Is4() {
		return false
	}
	p.Kind, p.Proto, p.Flags = decode.KindTCP, protoTCP, decode.SYN
	switch x.Transport {
	case klaxon.TCP:
	case klaxon.UDP:
		p.Kind, p.Proto, p.Flags = decode.KindUDP, protoUDP, 0
	default:
		return false
	}
	p.V6 = !x.Source.Addr.Unmap().Is4()
	p.Src, p.Dst = addrBytes(x.Source.Addr), addrBytes(x.Target.Addr)
	p.SrcPort, p.DstPort, p.SrcMAC = x.Source.Port, x.Target.Port, x.Source.MAC
	return true
}

// addrBytes is an address as a packet has it, the opposite of netAddr.
func addrBytes(a netip.Addr) (b [16]byte) {
	if a = a.Unmap(); a.Is4() {
		four := a.As4()
		copy(b[:], four[:])
		return b
	}
	return a.As16()
}

func methodOf(p *decode.Packet) Method {
	if p.Kind == decode.KindUDP {
		return MethodUDP
	}
	return MethodSyn
}

// TouchMarks are circumstances of a source's touches, as bits.
type TouchMarks uint8

// The marks that a touch may bring.
const (
	TouchRelayed TouchMarks = 1 << iota
	TouchLured
	TouchDrill
)

func marksOf(x *klaxon.Touch) (m TouchMarks) {
	for _, mark := range x.Marks {
		switch mark {
		case klaxon.MarkRelayed:
			m |= TouchRelayed
		case klaxon.MarkLured:
			m |= TouchLured
		case klaxon.MarkDrill:
			m |= TouchDrill
		}
	}
	return m
}
