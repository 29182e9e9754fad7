package track

import "math"

// waiting is the queue of contacts that have not been answered, in order of
// time. It is a ring of fixed size: a contact that waits is settled early when
// there is no room for a new one.
type waiting struct {
	ring []waiter
	head int   // place of the one that waits for longest
	n    int   // how many wait
	due  int64 // when that one is to be settled; math.MaxInt64 for none
}

type waiter struct {
	due   int64
	index uint32 // of the contact
	tag   uint32 // the lower half of its hash: another one may have taken its place
}

func newWaiting(n int) waiting { return waiting{ring: make([]waiter, n), due: math.MaxInt64} }

func (w *waiting) full() bool { return w.n == len(w.ring) }

// push returns the place of x.
func (w *waiting) push(x waiter) uint32 {
	if w.n == 0 {
		w.due = x.due
	}
	i := w.place(w.n)
	w.ring[i] = x
	w.n++
	return uint32(i)
}

// nobody stands in the queue for a contact that waits no more: when its time
// comes it is in no cache, and need not be looked at.
const nobody = math.MaxUint32

func (w *waiting) cancel(c *contact) {
	if x := &w.ring[c.place]; x.tag == c.tag {
		x.index = nobody
	}
}

// place is where the one is that so many wait in front of.
func (w *waiting) place(before int) int {
	i := w.head + before
	if i >= len(w.ring) {
		i -= len(w.ring)
	}
	return i
}

// pop returns the next one that is due at now, or any when force is set.
func (w *waiting) pop(now int64, force bool) (waiter, bool) {
	if w.n == 0 || !force && w.due > now {
		return waiter{}, false
	}
	x := w.ring[w.head]
	w.drop()
	for w.n > 0 && w.ring[w.head].index == nobody {
		w.drop()
	}
	w.due = math.MaxInt64
	if w.n > 0 {
		w.due = w.ring[w.head].due
	}
	return x, true
}

func (w *waiting) drop() {
	w.head = w.place(1)
	w.n--
}

// Due is when the next contact that waits is to be settled; math.MaxInt64 when
// none does. Whoever advances to it, time after time, sees every outcome at its
// own time, however rarely packets come.
func (t *Tracker) Due() int64 { return t.waiting.due }

// LastDue is when the last contact that waits now is to be settled, at least Now.
func (t *Tracker) LastDue() int64 {
	w := &t.waiting
	if w.n == 0 {
		return t.now
	}
	return max(t.now, w.ring[w.place(w.n-1)].due)
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
	if x.index == nobody {
		return
	}
	c := &t.contacts.all[x.index]
	if c.tag != x.tag {
		return
	}
	if c.bits&bitTrap != 0 {
		t.lapse(c, x)
		return
	}
	switch c.outcome {
	case Pending:
		t.unanswered(c)
	case Open:
		t.settle(c, presumed(c))
	}
}

// unanswered settles a contact whose target kept silent.
func (t *Tracker) unanswered(c *contact) {
	s := &t.sources.all[c.source]
	switch {
	case t.streams(c):
		t.settle(c, Void)
	case s.Life != c.life:
		t.settle(c, Silent)
	case c.bits&bitDark != 0 && !t.livedOf(s, c):
		t.settle(c, Dark)
	default:
		asleep, more := t.asleep(s, c)
		if asleep {
			t.settle(c, Asleep)
			return
		}
		t.settleAs(c, Silent, t.weigh(c, Silent)+more)
	}
}

// presumed is what an answered contact is as long as nobody says otherwise: a
// success, unless the responder had to ask again.
func presumed(c *contact) Outcome {
	if c.bits&bitResent != 0 && c.bits&bitProven == 0 {
		return HalfOpen
	}
	return Success
}
