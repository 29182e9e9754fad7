package track

// contact is the first packet of a tuple (initiator, responder, protocol,
// destination port) and what became of it. The source port is not part of the
// tuple: a second connection to the same service says nothing new.
type contact struct {
	hash    uint64
	source  uint32 // index of the initiator's record
	life    uint32 // of that record, when the contact was made
	isn     uint32 // the initiator's initial sequence number
	peer    uint32 // the responder's; valid once answered by TCP
	at      uint32 // seconds of its last packet, counted from the first of all
	port    uint16 // source port of the last attempt
	dport   uint16
	seen    uint16 // slot of the visibility estimate of the responder's network
	note    uint8  // slot in the source's history; its tag says whether it is still this one's
	packets uint8  // of the initiator, at most 255
	weight  int16  // evidence it stands for now
	outcome Outcome
	method  Method
	bits    uint16
}

const (
	bitRaw      = 1 << iota // the first packet is of no operating system
	bitProven               // the initiator echoed the responder's number
	bitAnswered             // by any packet
	bitResent               // the responder sent its SYN+ACK again
	bitEcho                 // an echo request without payload
	bitDark                 // the responder is in a network that is known to be dark
	bitBoth                 // both directions were seen, and counted as such
	bitLost                 // it succeeded, but the answer was never seen, and counted as such
	bitData                 // the responder said more than a greeting, or heard something
	bitReturned             // a raw packet began it, and a kernel came back to it
	bitMute                 // no answer from such a service means nothing
	bitLater                // and did so after a pause
	bitAgain                // the source had a contact with this address before
)

// contacts is a set-associative table. Its zero value is not usable.
type contacts struct {
	all     []contact
	sets    setCount
	evicted uint64
}

func newContacts(bytes int64) contacts {
	n := tableSize(bytes, contactSize)
	return contacts{all: make([]contact, n), sets: setCount(n / ways)}
}

func (t *contacts) find(hash uint64) *contact {
	set := t.all[t.sets.of(hash):][:ways]
	for i := range set {
		if set[i].hash == hash && set[i].outcome != Free {
			return &set[i]
		}
	}
	return nil
}

// take returns the entry to be used for hash: a free one, else the one that
// matters least, which is a finished one before one that waits, and the oldest
// of those.
func (t *contacts) take(hash uint64) (*contact, uint32) {
	base := t.sets.of(hash)
	set := t.all[base:][:ways]
	best := 0
	for i := range set {
		if set[i].outcome == Free {
			best = i
			break
		}
		if set[i].before(&set[best]) {
			best = i
		}
	}
	if set[best].outcome != Free {
		t.evicted++
	}
	set[best] = contact{hash: hash}
	return &set[best], uint32(base) + uint32(best)
}

func (c *contact) before(o *contact) bool {
	if waits, others := c.outcome == Pending, o.outcome == Pending; waits != others {
		return others
	}
	return c.at < o.at
}

// tableSize is the largest number of entries in whole sets that fits into bytes.
func tableSize(bytes, entry int64) int { return max(int(bytes/entry), ways) / ways * ways }

// setCount is how many sets a table has.
type setCount uint64

// of returns the index of the first entry of a hash's set. It takes the upper
// half of the hash; entries are told apart by all of it.
func (n setCount) of(hash uint64) uint64 { return (hash >> 32) * uint64(n) >> 32 * ways }
