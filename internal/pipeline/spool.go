package pipeline

import (
	"context"
	"slices"
	"time"

	"klaxon"
	"klaxon/internal/owed"
)

// Spool is what lets an output outlive its queue and its process: names of the
// records that it owes to its peer, and where these are kept. What an output does
// not want, or has no budget for, is never owed. The zero value is none: then what
// the queue has no room for, and what it holds at the end, is lost.
type Spool struct {
	Owed *owed.List
	// Find returns the records of entries, in their order: nil for one that is not
	// kept, and fewer when the next ones are not kept yet.
	Find func(context.Context, []owed.Entry) ([]klaxon.Record, error)
	// Say takes word of a disk that failed.
	Say func(error)
}

// recall owes what the run before left. It comes before run.
func (o *output) recall(s Spool) {
	if o.spool = s; s.Owed == nil {
		return
	}
	var err error
	if o.first.touches, o.first.alarms, o.first.health, err = s.Owed.Kinds(); err != nil {
		s.Say(err)
	}
	o.owing, o.behind = o.first, s.Owed.Len() > 0
	o.age.came(int(o.first.sum()), time.Now())
}

// owe notes a record that is to be delivered, with full when the queue has no room
// for it, and alone when it is in no store to be found again. It is false when nobody
// will remember it.
func (o *output) owe(r klaxon.Record, full, alone bool) bool {
	if o.spool.Owed == nil {
		return !full
	}
	if alone && (full || o.behind) {
		return false
	}
	if !o.spool.Owed.Add(owed.EntryOf(r)) {
		return false
	}
	o.owing.add(r)
	o.behind = o.behind || full
	return true
}

// done moves the cursor, or strikes the next n when one before them is parked.
func (o *output) done(n int) {
	if o.spool.Owed == nil || n == 0 {
		return
	}
	err := error(nil)
	if len(o.ahead) == 0 {
		err = o.spool.Owed.Done(n)
	} else {
		err = o.spool.Owed.Strike(len(o.ahead), n)
		o.ahead = append(o.ahead, make([]*parked, n)...)
	}
	if err != nil {
		o.spool.Say(err)
	}
}

// doneAhead is done of one that was parked.
func (o *output) doneAhead(p *parked) {
	at := slices.Index(o.ahead, p)
	if at < 0 {
		return
	}
	o.ahead[at] = nil
	err := o.spool.Owed.Strike(at, 1)
	if at == 0 {
		n := slices.IndexFunc(o.ahead, func(p *parked) bool { return p != nil })
		if n < 0 {
			n = len(o.ahead)
		}
		o.ahead = slices.Clone(o.ahead[n:])
		err = o.spool.Owed.Done(n)
	}
	if err != nil {
		o.spool.Say(err)
	}
}

// refill queues the next of what the queue had no room for, or the run before left.
// It is false at the end.
func (o *output) refill(now func() time.Time) bool {
	o.mu.Lock()
	over := o.closing || o.gone || !o.behind
	o.mu.Unlock()
	if over {
		return false
	}
	list, err := o.spool.Owed.Next(len(o.ahead), refillCap)
	if n := struck(list); n > 0 {
		o.done(n) // before the run before ended
		o.mu.Lock()
		defer o.mu.Unlock()
		o.behind = o.spool.Owed.Len() > len(o.ahead)
		return true
	}
	var found []klaxon.Record
	if err == nil {
		list = wanted(list)
		found, err = o.spool.Find(o.life, list)
	}
	switch {
	case err != nil && o.life.Err() == nil:
		o.spool.Say(err)
		o.rest(retryAfter)
	case len(found) > 0:
		o.sought = time.Time{}
		o.unspool(list, found, now())
	case o.overdue():
		o.unspool(list, make([]klaxon.Record, len(list)), now())
	default:
		o.rest(findAgain)
	}
	return true
}

// overdue tells whether records that are to be kept soon have not been for long.
func (o *output) overdue() bool {
	if o.sought.IsZero() {
		o.sought = time.Now()
	}
	return time.Since(o.sought) > findPatience
}

// rest waits, but not for the end.
func (o *output) rest(d time.Duration) {
	select {
	case <-o.quit:
	case <-time.After(d):
	}
}

// unspool queues the first of those that were found, or counts the first of those
// that were not as lost: both are done in the order in which they were owed.
func (o *output) unspool(list []owed.Entry, found []klaxon.Record, now time.Time) {
	n := 0
	for missing := found[0] == nil; n < len(found) && (found[n] == nil) == missing; n++ {
	}
	if found[0] == nil {
		o.forget(list[:n], now)
		o.done(n)
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if found[0] != nil {
		o.queue = append(o.queue, found[:n]...)
		for _, r := range found[:n] {
			o.bytes += weigh(r)
		}
	}
	o.behind = o.spool.Owed.Len() > len(o.ahead)+len(o.queue)
}

// struck is how many of the first entries were struck, and wanted those before the
// first that was.
func struck(list []owed.Entry) (n int) {
	for n < len(list) && list[n].Kind == owed.Struck {
		n++
	}
	return n
}

func wanted(list []owed.Entry) []owed.Entry {
	for i := range list {
		if list[i].Kind == owed.Struck {
			return list[:i]
		}
	}
	return list
}

// forget counts as lost what the store does not have.
func (o *output) forget(list []owed.Entry, now time.Time) {
	var gone tally
	for _, e := range list {
		switch e.Kind {
		case owed.Touch:
			gone.touches++
		case owed.Alarm:
			gone.alarms++
		default:
			gone.health++
		}
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.lost.sum("the store forgot them before the peer took them, or had not taken them when klaxond was killed", now, gone)
	o.age.went(len(list), time.Now())
	o.owing.minus(gone)
}

// leave counts what is left to the next run.
func (o *output) leave() {
	if o.spool.Owed != nil {
		o.left, o.pending, o.queue, o.bytes = o.owing, nil, nil, 0
	}
}
