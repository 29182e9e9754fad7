package track

// contact is the first packet of a tuple (initiator, responder, protocol,
// destination port) and what became of it. The source port is not part of the
// tuple: a second connection to the same service says nothing new.
type contact struct {
	tag     uint32 // of its hash
	source  uint32 // index of the initiator's record
	life    uint32 // of that record, when the contact was made
	isn     uint32 // the initiator's initial sequence number
	peer    uint32 // the responder's; valid once answered by TCP
	place   uint32 // in the queue of those that wait
	at      uint32 // seconds of its last packet, counted from the first of all
	port    uint16 // source port of the last attempt
	dport   uint16
	seen    uint16 // slot of the visibility estimate of the responder's network
	again   uint8  // how often it was made again at a poller's pace, at most pacedEnough
	note    uint8  // slot in the source's history; its tag says whether it is still this one's
	packets uint8  // of the initiator, at most 255
	weight  int16  // evidence it stands for now
	outcome Outcome
	method  Method
	bits    uint32
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
	bitBare                 // a segment without options or data, one of several to the same host
	bitExcused              // nor does a refusal
	bitHop                  // it may be a traceroute's; peer is its hop limit
	bitGuessed              // a segment that should prove the client acknowledged what nobody said
	bitSpent                // another one, too: nothing proves it any more
	bitTwin                 // another address of the same /64 had this contact before
	bitLater                // and did so after a pause
	bitAgain                // the source had a contact with this address before
	bitTrap                 // the responder is a trap of this host
	bitTouched              // the trap told of it, or it was told without
	bitUnseen               // and the wire did not show that attempt yet
	bitWaited               // for the trap to tell of it
	bitAwaits               // it was told, and waits for a touch again
)

// contacts is a set-associative table. Its zero value is not usable.
type contacts struct {
	all     []contact
	tags    tags
	evicted uint64
}

func newContacts(bytes int64) contacts {
	t := newTags(bytes, contactSize)
	return contacts{all: make([]contact, len(t.all)), tags: t}
}

func (t *contacts) find(hash uint64) *contact {
	if i := t.tags.find(hash); i >= 0 {
		return &t.all[i]
	}
	return nil
}

// take returns the entry to be used for hash: a free one, else the one that
// matters least, which is a finished one before one that waits, and the oldest
// of those.
func (t *contacts) take(hash uint64) (*contact, uint32) {
	i := t.tags.free(hash)
	if i < 0 {
		i = t.least(t.tags.set(hash))
		t.evicted++
	}
	t.tags.put(i, hash)
	c := &t.all[i]
	*c = contact{}
	c.tag = tagOf(hash)
	return c, uint32(i)
}

// least returns the index of the entry that matters least in the set at base.
func (t *contacts) least(base int) int {
	best := base
	for i := base + 1; i < base+ways; i++ {
		if t.all[i].before(&t.all[best]) {
			best = i
		}
	}
	return best
}

func (c *contact) before(o *contact) bool {
	if waits, others := c.outcome == Pending, o.outcome == Pending; waits != others {
		return others
	}
	return c.at < o.at
}
