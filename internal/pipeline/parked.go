package pipeline

import (
	"fmt"
	"slices"
	"time"

	"klaxon"
)

// parked is a record that a peer did not take that took another, or one of the same
// alarm that comes behind. It is tried between the others, for a share of the time.
type parked struct {
	record klaxon.Record
	since  time.Time
	tries  int
	open   time.Time // when it was not taken; zero when another was taken since
	proven bool      // another was taken, once
	cut    bool      // all tries were cut short: it may only need long
	due    time.Time
	err    error
}

// follows tells whether a record has to wait behind one that is parked.
func (o *output) follows(r klaxon.Record) bool { return o.headOf(r) != nil }

// headOf is the first that is parked of a record's alarm; nil for none.
func (o *output) headOf(r klaxon.Record) *parked {
	id := alarmOf(r)
	if id == "" {
		return nil
	}
	for _, p := range o.parked {
		if alarmOf(p.record) == id {
			return p
		}
	}
	return nil
}

// heads are those that may be tried: of each alarm the first.
func (o *output) heads() (list []*parked) {
	for _, p := range o.parked {
		if h := o.headOf(p.record); h == nil || h == p {
			list = append(list, p)
		}
	}
	return list
}

// park puts the first of what is delivered behind. It is false when there is no room.
func (o *output) park(r klaxon.Record, now time.Time) bool {
	for !o.room() {
		if !o.evict(now) {
			return false
		}
	}
	p := &parked{record: r, since: time.Now()}
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.gone {
		return false
	}
	if o.spool.Owed != nil {
		o.ahead = append(o.ahead, p)
	}
	o.parked = append(o.parked, p)
	o.pending = o.pending[1:]
	o.given = time.Now()
	o.age.went(1, o.given)
	return true
}

func (o *output) room() bool { return len(o.parked) < parkedCap && len(o.ahead) < aheadCap }

// evict sets the oldest aside that was not taken when another was, or while the peer
// has credit the oldest that was not taken.
func (o *output) evict(now time.Time) bool {
	list := o.heads()
	at := slices.IndexFunc(list, func(p *parked) bool { return p.proven })
	if at < 0 && o.doubts.credit > 0 {
		at = slices.IndexFunc(list, func(p *parked) bool { return p.tries > 0 })
	}
	if at < 0 {
		return false
	}
	o.aside(list[at], now)
	return true
}

// aside counts a record as lost: the store has it.
func (o *output) aside(p *parked, now time.Time) {
	o.doubts.picky, o.doubts.credit = time.Now(), o.doubts.credit-1
	o.unpark(p, setAside(p.record, p.err), now)
}

// unpark counts one that was parked as taken, or with an error as lost.
func (o *output) unpark(p *parked, err error, now time.Time) {
	o.mu.Lock()
	if !o.gone {
		o.parked = slices.DeleteFunc(slices.Clone(o.parked), func(other *parked) bool { return other == p })
		one := []klaxon.Record{p.record}
		o.owing.less(one)
		if err == nil {
			o.written.add(one...)
		} else {
			o.lost.add(reason(err), now, one...)
		}
	}
	o.mu.Unlock()
	o.doneAhead(p)
}

// note counts a try in vain, and says when the next is due.
func (o *output) note(p *parked, err error, cut bool, now time.Time) {
	o.doubts.bad = true
	p.cut = cut && (p.tries == 0 || p.cut)
	p.tries++
	p.open, p.err, p.due = now, err, now
	o.mu.Lock()
	o.health.fail(err)
	o.mu.Unlock()
	if !o.doubts.known(now) || p.tries >= o.doubts.needed(now) {
		p.due = now.Add(o.how.wait(p.tries))
	}
}

// ripe tells whether one was tried often enough, and as long as the peer may take.
func (o *output) ripe(p *parked, now time.Time) bool {
	return p.tries >= o.doubts.needed(now) && !p.cut
}

// took tells what the peer took, and sets aside what it refused often enough right
// before that.
func (o *output) took(records []klaxon.Record, d time.Duration, now func() time.Time) {
	if o.told != nil {
		o.told(o.sink.Name(), records)
	}
	if !slices.ContainsFunc(records, func(r klaxon.Record) bool { return !o.mute(r) }) {
		return
	}
	at := time.Now()
	o.doubts.good(d, at)
	for _, p := range o.heads() {
		if p.open.IsZero() || at.Sub(p.open) > proofFor {
			continue
		}
		p.open, p.proven = time.Time{}, true
		if o.ripe(p, at) {
			o.aside(p, now())
		}
	}
}

// nextDue is when one that is parked is to be tried; of several that are due the
// oldest is. One that was never tried, for it only came behind another, is as good as
// those in line.
func (o *output) nextDue() (due time.Time, p *parked) {
	for _, h := range o.heads() {
		at := h.due
		if h.tries > 0 && at.Before(o.doubts.rest) {
			at = o.doubts.rest
		}
		if p == nil || at.Before(due) {
			due, p = at, h
		}
	}
	return due, p
}

// retry tries one that is parked, if one is due.
func (o *output) retry(now func() time.Time) {
	due, p := o.nextDue()
	if p == nil || time.Now().Before(due) {
		return
	}
	d, began, full := &o.doubts, time.Now(), o.how.deadline()
	within := d.deadline(full, began)
	if p.cut && p.tries+1 >= d.needed(began) {
		within = full
	}
	n, cut, err := o.emit([]klaxon.Record{p.record}, within)
	at := time.Now()
	if p.tries > 0 {
		d.rest = at.Add(o.share() * at.Sub(began))
	}
	switch {
	case n > 0:
		o.unpark(p, nil, now())
		o.took([]klaxon.Record{p.record}, at.Sub(began), now)
		o.settle(true, nil, now())
	case refused(err, 1) > 0:
		o.unpark(p, err, now())
	case !doubtful(err):
		d.away++
		p.due = at.Add(o.how.wait(d.away))
		o.settle(false, err, now())
	default:
		o.note(p, err, cut, at)
		o.prove(p, now)
	}
}

// share is how many times as long as a try the pause is that comes after it.
func (o *output) share() time.Duration {
	if o.busy() || time.Since(o.last) < idleFrom {
		return restTimes
	}
	return restIdle
}

// busy tells whether there is something in line.
func (o *output) busy() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return len(o.pending)+len(o.queue) > 0 || o.behind
}

// prove sets one aside that was tried often enough: at once where the peer is known to
// be picky, else when it takes another, which the next that waits will show; if none
// does it is asked.
func (o *output) prove(p *parked, now func() time.Time) {
	d, at := &o.doubts, time.Now()
	switch {
	case !o.ripe(p, at):
	case d.known(at) && d.credit > 0:
		o.aside(p, now())
	case o.busy() && !d.spent(at):
	case o.tryAnother(p.record, now):
		o.settle(true, nil, now())
	default:
		d.rest = at.Add(o.how.wait(p.tries))
		o.settle(false, p.err, now())
	}
}

// setAside says what became of a record, and where it still is.
func setAside(r klaxon.Record, err error) error {
	id := alarmOf(r)
	if t, ok := r.(*klaxon.Touch); ok {
		id = t.ID
	}
	if id == "" {
		return fmt.Errorf("set aside, for others are taken: %w", err)
	}
	return fmt.Errorf("set aside, for others are taken (klaxonctl show %s): %w", id, err)
}
