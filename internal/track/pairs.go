package track

// pairs remembers who began a contact with whom of late: what the other one then
// sends may be an answer of another protocol. The newest stands first in its
// set, and pushes out the oldest; a pair that was pushed out makes an answer
// count as what it looks like.
type pairs [pairsMax / ways][ways]uint32

// meet notes that a contact began, by the hash of source and target.
func (t *Tracker) meet(hash uint64) {
	set, tag := &t.pairs[hash%uint64(len(t.pairs))], uint32(hash>>32)
	for i, had := range set {
		set[i] = tag
		if tag = had; tag == set[0] {
			return
		}
	}
}

// met tells whether a host began a contact with another of late.
func (t *Tracker) met(from, to *[16]byte) bool {
	hash := t.hash.mix(t.hash.addr(from, t.scope), t.hash.addr(to, t.scope))
	set, tag := &t.pairs[hash%uint64(len(t.pairs))], uint32(hash>>32)
	for _, had := range set {
		if had == tag {
			return true
		}
	}
	return false
}
