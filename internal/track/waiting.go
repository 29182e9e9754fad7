package track

import "math"

// waiting is the queue of contacts that have not been answered, in order of
// time. It is a ring of fixed size: a contact that waits is settled early when
// there is no room for a new one.
type waiting struct {
	ring       []waiter
	head, tail uint64 // tail - head is the number of those that wait
}

type waiter struct {
	due   int64
	index uint32 // of the contact
	tag   uint32 // the lower half of its hash: another one may have taken its place
}

func newWaiting(n int) waiting { return waiting{ring: make([]waiter, n)} }

func (w *waiting) full() bool { return w.tail-w.head == uint64(len(w.ring)) }

func (w *waiting) push(x waiter) {
	w.ring[w.tail%uint64(len(w.ring))] = x
	w.tail++
}

// pop returns the next one that is due at now, or any when force is set.
func (w *waiting) pop(now int64, force bool) (waiter, bool) {
	if w.head == w.tail {
		return waiter{}, false
	}
	x := w.ring[w.head%uint64(len(w.ring))]
	if !force && x.due > now {
		return waiter{}, false
	}
	w.head++
	return x, true
}

// due is when the one that waits for longest is to be settled.
func (w *waiting) due() int64 {
	if w.head == w.tail {
		return math.MaxInt64
	}
	return w.ring[w.head%uint64(len(w.ring))].due
}

// Due is when the next contact that waits is to be settled; math.MaxInt64 when
// none does. Whoever advances to it, time after time, sees every outcome at its
// own time, however rarely packets come.
func (t *Tracker) Due() int64 { return t.waiting.due() }

// LastDue is when the last contact that waits now is to be settled, at least Now.
func (t *Tracker) LastDue() int64 {
	w := &t.waiting
	if w.head == w.tail {
		return t.now
	}
	return max(t.now, w.ring[(w.tail-1)%uint64(len(w.ring))].due)
}

// expire settles the contacts whose time to be answered is over at a time, each
// at its own.
func (t *Tracker) expire(at int64) {
	for {
		x, ok := t.waiting.pop(at, false)
		if !ok {
			return
		}
		t.now = max(t.now, x.due)
		t.timeout(x)
	}
}

// timeout decides what a contact was that has waited long enough.
func (t *Tracker) timeout(x waiter) {
	c := &t.contacts.all[x.index]
	if c.tag != x.tag {
		return
	}
	switch c.outcome {
	case Pending:
		t.settle(c, t.unanswered(c))
	case Open:
		t.settle(c, presumed(c))
	}
}

func (t *Tracker) unanswered(c *contact) Outcome {
	if c.bits&bitDark != 0 {
		return Dark
	}
	return Silent
}

// presumed is what an answered contact is as long as nobody says otherwise: a
// success, unless the responder had to ask again.
func presumed(c *contact) Outcome {
	if c.bits&bitResent != 0 && c.bits&bitProven == 0 {
		return HalfOpen
	}
	return Success
}
