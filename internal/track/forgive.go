package track

import "klaxon/internal/decode"

// forgive takes back up to forgiveMost refusals by the target of a contact that
// has just succeeded: its client looked for a service whose port it did not
// know. p is the client's.
func (t *Tracker) forgive(c *contact, p *decode.Packet) {
	s := &t.sources.all[c.source]
	if s.Life != c.life || s.hist == 0 || c.bits&bitRaw != 0 {
		return
	}
	left := forgiveMost
	for i := range t.histories.all[s.hist-1].All() {
		n := &t.histories.all[s.hist-1].Notes[i]
		if n.Outcome != Refused || n.Method != MethodSyn || n.Dst != p.Dst || t.now-n.At > int64(forgiveWithin) {
			continue
		}
		refused := t.noted(p, protoTCP, n)
		if refused == nil {
			continue
		}
		t.settle(refused, Void)
		if left--; left == 0 {
			return
		}
	}
}
