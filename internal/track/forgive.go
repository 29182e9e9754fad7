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
	t.forgivePing(s, p)
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

// forgivePing takes back the ping that a target did not answer: whoever visits a
// host may ask first whether it is there, and many drop the question.
func (t *Tracker) forgivePing(s *Source, p *decode.Packet) {
	notes := t.notesOf(s)
	for i := range notes {
		n := &notes[i]
		if n.Method != MethodEcho || n.Weight <= 0 || n.Raw || n.Dst != p.Dst || t.now-n.At > int64(visitTakes) {
			continue
		}
		src, dst := t.hash.addr(&p.Src, t.scope), t.hash.addr(&p.Dst, t.scope)
		c := t.contacts.find(t.hash.mix(t.hash.mix(src, dst), protoICMP<<32|uint64(n.Port)<<40))
		if c != nil && c.tag == n.tag {
			t.settle(c, Void)
		}
		return
	}
}
