package track

// returns notes that a source comes back with the packets of an operating system
// to a service that it found open: by a raw packet, or in a scan that is told.
func (t *Tracker) returns(s *Source, c *contact, raw bool) {
	found := c.outcome == HalfOpen || c.outcome == Empty || c.outcome == Success
	if raw || c.bits&bitRaw == 0 && (s.Report == 0 || !found) {
		return
	}
	if c.bits&(bitRaw|bitData) == bitData && s.Gross < Threshold {
		return // it touched something, and goes on with what it had a use for before
	}
	if c.bits&bitRaw != 0 {
		c.bits |= bitReturned
	}
	if pause := t.now - s.Last; found && pause > int64(contactAfter) && pause < int64(contactWithin) {
		c.bits |= bitLater
	}
}

// used notes that such a source said something, or waited for what the service
// says. Merely to connect is no use: another scan does.
func (t *Tracker) used(s *Source, c *contact) {
	if c.bits&(bitReturned|bitLater) == 0 {
		return
	}
	if c.bits&bitReturned != 0 {
		s.Returned = oneMore(s.Returned)
	}
	if c.bits&bitLater != 0 {
		s.Contacts = oneMore(s.Contacts)
	}
	c.bits &^= bitReturned | bitLater
	t.mark(s, c.source)
}

// left notes that the client of a proven connection says nothing before its end,
// or is not known to. heard says that it took a greeting in.
func (t *Tracker) left(c *contact, heard bool) {
	switch s := &t.sources.all[c.source]; {
	case c.bits&bitProven == 0 || s.Life != c.life:
	case heard || t.tick()-c.at >= bannerWait:
		t.used(s, c)
	default:
		t.whole(s, c)
	}
}

// whole notes a connection in which nothing was said so far.
func (t *Tracker) whole(s *Source, c *contact) {
	if c.bits&bitReturned != 0 && !s.Whole {
		s.Whole = true
		t.mark(s, c.source)
	}
}
