package track

import "klaxon/internal/decode"

// forgive takes back up to forgiveMost refusals by a target that a contact has
// just succeeded with: its client looked for a service whose port it did not
// know. p is the client's.
func (t *Tracker) forgive(c *contact, p *decode.Packet) {
	s := &t.sources.all[c.source]
	if s.Life != c.life || s.hist == 0 || c.bits&bitRaw != 0 {
		return
	}
	left := forgiveMost - t.forgave(s, p)
	if left <= 0 || s.forgiven == 255 {
		return
	}
	notes := t.notesOf(s)
	for i := range notes {
		n := &notes[i]
		if n.Outcome != Refused || n.Method != MethodSyn || n.Raw || n.Dst != p.Dst || t.now-n.At > int64(forgiveWithin) {
			continue
		}
		refused := t.noted(p, protoTCP, n)
		if refused == nil {
			continue
		}
		t.settle(refused, Void)
		s.forgiven = oneMore(s.forgiven)
		if left--; left == 0 {
			return
		}
	}
}

// forgave counts the refusals by a target that were taken back before.
func (t *Tracker) forgave(s *Source, p *decode.Packet) (n int) {
	notes := t.notesOf(s)
	for i := range notes {
		if o := &notes[i]; o.Outcome == Void && o.Method == MethodSyn && o.Dst == p.Dst {
			n++
		}
	}
	return n
}
