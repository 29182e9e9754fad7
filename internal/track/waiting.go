package track

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

// expire settles the contacts whose time to be answered is over.
func (t *Tracker) expire() {
	for {
		x, ok := t.waiting.pop(t.now, false)
		if !ok {
			return
		}
		t.timeout(x)
	}
}

// Finish settles all contacts that wait, as if nothing more came.
func (t *Tracker) Finish() {
	t.now += int64(silentAfter)
	t.expire()
}

// timeout decides what a contact was that has waited long enough.
func (t *Tracker) timeout(x waiter) {
	c := &t.contacts.all[x.index]
	if uint32(c.hash) != x.tag {
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
