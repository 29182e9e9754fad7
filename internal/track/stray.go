package track

import "klaxon/internal/decode"

// stray is a segment that belongs to no contact. Such are seen all the time: of
// connections older than this program, of victims that answer forged packets.
// By itself it is no evidence; what it has in common with others is.
func (t *Tracker) stray(f *flow, row Row) {
	t.counts.Strays++
	if t.flooded(&f.p.Src, f.p.SrcPort) || t.flooded(&f.p.Dst, f.p.DstPort) {
		t.uncovers(f)
		return
	}
	if row.Starts {
		t.lone(f, row)
	}
}

// lone makes a contact of a segment that is no SYN. Its method is part of the
// key: an ACK scan of a service is another contact than a SYN scan of it.
func (t *Tracker) lone(f *flow, row Row) {
	p := f.p
	var g flow
	t.flow(&g, p, protoTCP, 1+uint64(row.Method))
	t.afresh(&g)
	if g.ours != nil {
		if g.ours.packets < 255 {
			g.ours.packets++
		}
		g.ours.port = p.SrcPort
		t.prodded(g.ours, p)
		return
	}
	if g.theirs != nil {
		t.resets(g.theirs, p)
		return
	}
	if t.answers(f, p) {
		return
	}
	var b start
	g.start(&b, p.DstPort, row)
	b.watched = t.watchedTCP(p.DstPort)
	c, s := t.begin(&b)
	c.isn, c.port = p.Seq, p.SrcPort
	if row.Weight == 0 {
		t.settle(c, Void)
		if p.Options.Len == 0 && p.DataLen == 0 && t.sameHost(s, c) >= freeLone {
			c.bits |= bitBare
		}
	}
	t.vote(s, c, p, row.Method)
	t.prodded(c, p)
}

// sameHost counts the contacts of a source's history with the target of c, but
// for c.
func (t *Tracker) sameHost(s *Source, c *contact) (n int) {
	own := t.noteOf(s, c)
	if own == nil || s.hist == 0 {
		return 0
	}
	notes := t.notesOf(s)
	for i := range notes {
		if o := &notes[i]; o.Dst == own.Dst && o.tag != own.tag {
			n++
		}
	}
	return n
}

// answers tells whether a reset answers a lone segment, and settles that one: a
// host that refuses an ACK or a FIN+ACK to a port below the ephemeral ones had
// no such connection.
func (t *Tracker) answers(f *flow, p *decode.Packet) bool {
	if p.Flags&decode.RST == 0 {
		return false
	}
	for _, m := range loneMethods {
		var g flow
		t.flow(&g, p, protoTCP, 1+uint64(m))
		if c := g.theirs; c != nil && c.port == p.DstPort {
			t.refusedLone(c, &p.Src)
			return true
		}
	}
	return false
}

// unreachableLone settles a lone segment that an ICMP error is about; p is what
// the error quotes.
func (t *Tracker) unreachableLone(p *decode.Packet) {
	for _, m := range loneMethods {
		var g flow
		t.flow(&g, p, protoTCP, 1+uint64(m))
		if c := g.ours; c != nil && c.port == p.SrcPort {
			t.refusedLone(c, nil)
			return
		}
	}
}

var loneMethods = [...]Method{MethodAck, MethodMaimon, MethodFin, MethodNull, MethodXmas, MethodFlags}

func (t *Tracker) refusedLone(c *contact, from *[16]byte) {
	t.seenBoth(c, from)
	ordinary := c.method == MethodAck || c.method == MethodMaimon
	if c.outcome == Void && c.bits&bitBare != 0 && ordinary && c.dport < 32768 && c.port >= 1024 {
		t.settle(c, Refused)
	}
}
