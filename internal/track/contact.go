package track

import "math/bits"

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
	again   uint8  // how often it was made again at a poller's pace, at most as often as isPaced wants
	note    uint8  // slot in the source's history; its tag says whether it is still this one's
	packets uint8  // of the initiator, at most 255
	weight  int16  // evidence it stands for now
	outcome Outcome
	method  Method
	pace    uint16 // of a trap: seconds between two contacts, from which the next ones are told to keep it
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
	bitWhole                // a trap took a connection of it, in whichever life
)

// contacts is a set-associative table. Its zero value is not usable.
//
// What most packets look for is not there, so the shorts that tell that are all in few
// cache lines: a set's four are read at once, and an entry whose short is right tells
// by its tag whether it is the one.
type contacts struct {
	all     []contact
	shorts  []uint64 // of a set each: 16 bits of each entry's hash, 0 for a free one
	sets    setCount
	evicted uint64
}

func newContacts(bytes int64) contacts {
	t := newTags(bytes, contactSize)
	return contacts{all: make([]contact, len(t.all)), shorts: make([]uint64, len(t.all)/ways), sets: t.sets}
}

// everyShort has a 1 in each short, and topOfShort the highest bit of each.
const (
	everyShort = 0x0001_0001_0001_0001
	topOfShort = 0x8000_8000_8000_8000
)

// shortOf is what is kept of a hash beside the entries.
func shortOf(hash uint64) uint64 { return max(hash>>16&0xffff, 1) }

// zeros marks the shorts of x that are 0, the lowest surely, those above it perhaps
// (Warren, Hacker's Delight, section 6-1).
func zeros(x uint64) uint64 { return (x - everyShort) &^ x & topOfShort }

// index returns the index of the entry of a hash, or -1.
func (t *contacts) index(hash uint64) int {
	base := int(t.sets.of(hash))
	tag := tagOf(hash)
	for found := zeros(t.shorts[base/ways] ^ shortOf(hash)*everyShort); found != 0; found &= found - 1 {
		if i := base + bits.TrailingZeros64(found)/16; t.all[i].tag == tag {
			return i
		}
	}
	return -1
}

func (t *contacts) find(hash uint64) *contact {
	if i := t.index(hash); i >= 0 {
		return &t.all[i]
	}
	return nil
}

// free returns the index of a free entry of the set at base, or -1.
func (t *contacts) free(base int) int {
	if found := zeros(t.shorts[base/ways]); found != 0 {
		return base + bits.TrailingZeros64(found)/16
	}
	return -1
}

// take returns the entry to be used for hash: a free one, else the one that
// matters least, which is a finished one before one that waits, and the oldest
// of those.
func (t *contacts) take(hash uint64) (*contact, uint32) {
	base := int(t.sets.of(hash))
	i := t.free(base)
	if i < 0 {
		i = t.least(base)
		t.evicted++
	}
	t.put(i, hash)
	c := &t.all[i]
	*c = contact{}
	c.tag = tagOf(hash)
	return c, uint32(i)
}

// drop frees the entry of a hash, if there is one.
func (t *contacts) drop(hash uint64) {
	i := t.index(hash)
	if i < 0 {
		return
	}
	t.shorts[i/ways] &^= 0xffff << (i % ways * 16)
	t.all[i] = contact{}
}

func (t *contacts) put(i int, hash uint64) {
	set, at := &t.shorts[i/ways], i%ways*16
	*set = *set&^(0xffff<<at) | shortOf(hash)<<at
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
