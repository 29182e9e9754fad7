package track

import "klaxon/internal/decode"

// start says how a new contact begins.
type start struct {
	src, dst *[16]byte // as in decode.Packet
	mac      *[6]byte
	v6       bool
	from     uint64 // hash of src
	pair     uint64 // hash of both
	hash     uint64
	port     uint16 // of the target, or what stands for it
	method   Method
	weight   Weight // of the packet by itself; 0 when the outcome decides
	raw      bool
	watched  bool
	trap     bool  // of this host
	deaf     bool  // no packet shows it: a touch
	stack    uint8 // see stackOf; 0 for unknown
}

// begin makes a contact and the record of its source. The caller sets outcome
// and what belongs to the protocol; until then the contact is pending.
func (t *Tracker) begin(b *start) (*contact, *Source) {
	s, index := t.sourceOf(b)
	if t.drilling() {
		s.Marks |= TouchDrill
		b.watched = b.watched || !b.trap
	}
	c, at := t.contacts.take(b.hash)
	t.counts.Contacts++
	c.source, c.life = index, s.Life
	c.at = t.tick()
	c.dport, c.method, c.packets = b.port, b.method, 1
	c.outcome = Pending
	t.meet(b.pair)
	if b.method != MethodSyn && b.method != MethodUDP {
		t.contacted(b)
	}
	c.seen = t.sight.slot(t.hash.net(b.dst, b.v6, t.scope))
	if b.raw {
		c.bits |= bitRaw
	}
	if t.dark(b.dst, b.v6) {
		c.bits |= bitDark
	}
	if b.trap {
		c.bits |= bitTrap
	}
	t.remember(s, index, c, b)
	if b.weight != 0 {
		t.settleAs(c, Illegal, b.weight)
	} else {
		t.wait(c, at)
	}
	if b.v6 && t.traps.any() {
		t.learn(b.src, *b.mac)
	}
	if b.trap {
		t.settleAs(c, Pending, t.weigh(c, Pending))
	}
	return c, s
}

// remember writes the contact into its source's record.
func (t *Tracker) remember(s *Source, index uint32, c *contact, b *start) {
	s.Last = t.now
	if s.Wide && t.knows(s, b) {
		c.bits |= bitTwin
		return
	}
	before := s.Tuples + s.Asked
	neighbour := b.method == MethodARP || b.method == MethodND
	if before == 0 || s.Tuples == 0 && !neighbour {
		s.First = t.now
	}
	if before == 0 {
		t.note(&s.first[0], c, b)
	}
	if neighbour {
		s.Asked++
	} else {
		s.Tuples++
		target := b.pair
		if s.Wide {
			target = t.hash.host(b.dst, 0)
		}
		s.targets.add(target)
	}
	if b.trap {
		s.Traps++
	}
	s.Counts[b.method] = oneMore(s.Counts[b.method])
	if s.Methods&(1<<b.method) == 0 {
		s.Methods |= 1 << b.method
		if s.Report != 0 {
			t.mark(s, index)
		}
	}
	if before > 0 || s.hist != 0 {
		t.log(s, index, c, b)
	}
	if r := t.reportOf(s); r != nil {
		var n Note
		t.note(&n, c, b)
		r.add(&n, t.hash.host(b.dst, 0))
	}
	if b.watched {
		if s.names(b.trap) {
			t.note(&s.Touched, c, b)
		}
		s.Touches++
		t.mark(s, index)
	}
}

// knows tells whether a source had a contact with the same service of the same
// host before, from another address of its network.
func (t *Tracker) knows(s *Source, b *start) bool {
	if s.hist != 0 {
		return t.histories.all[s.hist-1].knows(b)
	}
	n := &s.first[0]
	return s.Tuples+s.Asked > 0 && n.is(b)
}

// note fills in what a contact's source is remembered to have done.
func (t *Tracker) note(n *Note, c *contact, b *start) {
	n.Dst, n.At, n.tag, n.Port, n.Weight = *b.dst, t.now, c.tag, b.port, 0
	n.Method, n.Outcome, n.Raw, n.OS, n.V6, n.Trap = b.method, Pending, b.raw, false, b.v6, b.trap
}

// log writes a note into the source's history, which it is given now unless it
// has one.
func (t *Tracker) log(s *Source, index uint32, c *contact, b *start) {
	if s.hist == 0 {
		s.hist = t.histories.take(&t.sources, index)
		if s.hist == 0 {
			return
		}
		h := &t.histories.all[s.hist-1]
		h.Notes[h.place()] = s.first[0]
		h.settled(0, s.first[0].Weight > 0, s.first[0].Outcome == Pending)
	}
	h := &t.histories.all[s.hist-1]
	if b.method == MethodUDP && again(h, b.dst, c.tag) {
		c.bits |= bitAgain
	}
	if c.note = h.place(); c.note != noNote {
		t.note(&h.Notes[c.note], c, b)
	}
}

// again tells whether the history knows a target from another contact.
func again(h *History, dst *[16]byte, tag uint32) bool {
	for i := range h.All() {
		if n := &h.Notes[i]; n.Dst == *dst && n.tag != tag {
			return true
		}
	}
	return false
}

func (t *Tracker) wait(c *contact, index uint32) {
	if t.waiting.full() {
		if x, ok := t.waiting.pop(t.now, true); ok {
			t.counts.Late++
			t.timeout(x)
		}
	}
	c.place = t.waiting.push(waiter{due: t.now + int64(silentAfter), index: index, tag: c.tag})
}

// settle gives a contact its outcome, or another one than it had, and corrects
// the evidence against its source.
func (t *Tracker) settle(c *contact, o Outcome) {
	if c.bits&bitTrap != 0 {
		o = sprung(o)
	}
	t.settleAs(c, o, t.weigh(c, o))
}

func (t *Tracker) settleAs(c *contact, o Outcome, w Weight) {
	if o > Open && c.bits&bitTrap == 0 {
		t.waiting.cancel(c)
	}
	old, before := Weight(c.weight), c.outcome
	s := &t.sources.all[c.source]
	if s.Life != c.life || c.bits&bitTwin != 0 {
		c.outcome, c.weight = o, 0
		return
	}
	c.outcome, c.weight = o, int16(w)
	walk := &s.Score
	if c.method == MethodARP || c.method == MethodND {
		walk = &s.Link
	}
	// What the floor cut off a success is not there to be taken back: the sum is
	// at most the evidence.
	s.Gross = max(0, s.Gross-max(old, 0)+max(w, 0))
	*walk = min(max(floor, *walk-old+w), s.Gross)
	if bit := uint32(1) << c.method; w > 0 && old <= 0 {
		s.Often |= s.once & bit
		s.once |= bit
	}
	s.count(c, before, ^uint32(0))
	s.count(c, o, 1)
	n := t.noteOf(s, c)
	if n != nil {
		n.Outcome, n.Weight = o, int16(w)
		t.stronger(s, n, w, old)
		if s.hist != 0 {
			t.histories.all[s.hist-1].settled(c.note, w > 0, o == Pending)
		}
	}
	if r := t.reportOf(s); r != nil {
		r.settle(c, o)
	}
	if s.Gross >= max(s.next, s.worth()) && t.mark(s, c.source) {
		s.next = s.Gross + s.Gross/16
		if s.Gross < Threshold { // a suspect may be one of several that share a target
			s.next = min(s.Gross+s.Gross/4, Threshold)
		}
		if s.Report != 0 {
			s.next = s.Gross + s.Gross/4
		}
	}
}

// worth is the evidence from which a source is judged: a suspect's, together
// with what it was forgiven, which may count again.
func (s *Source) worth() Weight {
	return Suspicion - weightFailure*Weight(min(s.forgiven, forgiveMost))
}

func (t *Tracker) noteOf(s *Source, c *contact) *Note {
	if s.hist != 0 {
		return t.histories.all[s.hist-1].note(c.note, c.tag)
	}
	if s.first[0].tag == c.tag {
		return &s.first[0]
	}
	return nil
}

// count adds n, which may be -1, to the counter of an outcome. A neighbour that
// is found is no success: every contact with it begins so.
func (s *Source) count(c *contact, o Outcome, n uint32) {
	switch o {
	case Refused:
		s.Failed += n
	case Silent, Dark:
		s.Failed += n
		s.Unheard += n
	case Illegal:
		s.Illegals += n
	case Success:
		if c.method != MethodARP && c.method != MethodND {
			s.Succeeded += n
			s.win(c.dport, n)
		}
	case Empty:
		s.Empties += n
	}
}

// weigh is the evidence of an outcome.
func (t *Tracker) weigh(c *contact, o Outcome) Weight {
	w := t.bare(c, o)
	if c.bits&bitRaw != 0 && o != Void && o != Success {
		w += weightRaw
	}
	return w
}

func (t *Tracker) bare(c *contact, o Outcome) Weight {
	if c.bits&bitTrap != 0 && o != Void {
		return weightFailure // in whichever way it ends: nobody has a use for it
	}
	special := c.method.weights()
	switch o {
	case Success:
		return special.success
	case Empty:
		return t.empty(c)
	case HalfOpen:
		if c.bits&bitRaw != 0 {
			return weightHalfOpen
		}
	case Refused:
		return special.refused
	case Dark:
		return weightDark
	case Silent:
		return t.silence(c, special)
	case Asleep:
		return t.silence(c, special) / sleepShare
	}
	return 0
}

// empty is the weight of a connection without a word. The source's history tells
// whether it is one of several with different services of one host, or with one
// service of different hosts.
func (t *Tracker) empty(c *contact) Weight {
	s := &t.sources.all[c.source]
	if s.Life != c.life {
		return 0
	}
	host, service := t.sameEmpty(s, c)
	switch {
	case host >= freeHost:
		return weightEmptyHost
	case service >= freeEmpty:
		return weightFailure
	case s.Empties >= freeEmpty:
		return weightEmpty
	}
	return 0
}

func (t *Tracker) sameEmpty(s *Source, c *contact) (host, service int) {
	n := t.noteOf(s, c)
	if n == nil || s.hist == 0 {
		return 0, 0
	}
	notes := t.notesOf(s)
	for i := range notes {
		o := &notes[i]
		if o.Outcome != Empty || o.tag == n.tag {
			continue
		}
		if o.Dst == n.Dst {
			host++
		} else if o.Port == n.Port {
			service++
		}
	}
	return host, service
}

func (t *Tracker) tick() uint32 { return uint32((t.now - t.base) / 1e9) }

// usable tells whether a packet's source may be blamed and its target is one
// host: neither end is unspecified, broadcast or multicast. A directed broadcast
// is known by its frame alone: an address that ends in 255 is often a host's.
func (t *Tracker) usable(p *decode.Packet) bool {
	if p.Kind == decode.KindARP {
		return true
	}
	if p.V6 && p.Kind == decode.KindICMPv6 {
		return p.Src[0] != 0xff // neighbours are looked for by multicast, see icmp6
	}
	if p.V6 {
		return p.Src[0] != 0xff && p.Dst[0] != 0xff && p.Src != [16]byte{}
	}
	return p.Src[0] != 0 && p.Src[0] < 224 && p.Dst[0] != 0 && p.Dst[0] < 224 && p.DstMAC[0]&1 == 0
}
