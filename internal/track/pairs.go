package track

// pairs remembers who began a contact with whom of late: what the other one then
// sends may be an answer of another protocol. The newest stands first in its
// set, and pushes out the oldest; a pair that was pushed out makes an answer
// count as what it looks like.
type pairs [pairsMax / ways][ways]uint32

func (t *Tracker) pair(from, to *[16]byte) (set *[ways]uint32, tag uint32) {
	h := t.hash.mix(t.hash.mix(t.hash.addr(from, t.scope), t.hash.addr(to, t.scope)), 9)
	return &t.pairs[h%uint64(len(t.pairs))], uint32(h >> 32)
}

// meet notes that from began a contact with to.
func (t *Tracker) meet(from, to *[16]byte) {
	set, tag := t.pair(from, to)
	for i, had := range set {
		set[i] = tag
		if tag = had; tag == set[0] {
			return
		}
	}
}

// met tells whether it did.
func (t *Tracker) met(from, to *[16]byte) bool {
	set, tag := t.pair(from, to)
	for _, had := range set {
		if had == tag {
			return true
		}
	}
	return false
}
