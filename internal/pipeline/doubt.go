package pipeline

import (
	"errors"
	"time"

	"klaxon"
)

// doubts are about records that a peer got and did not take, which may be for what is
// in them: a stranger's bytes can be such that a filter on the way, or the peer
// itself, refuses them or never answers. Such records must not hold up all that come
// behind them, and a peer that refuses everything, as with a wrong password, or is
// slow with everything, must not cost any.
//
// So when a peer does not take one, another is offered. If that is taken, the peer is
// held to be picky: the one is put behind (see parked.go), and the others go on. It is
// plain data of run's goroutine.
type doubts struct {
	early  map[klaxon.Record]bool // taken before their turn: they are not sent again then
	bad    bool                   // one was doubted, and none was taken since
	until  time.Time              // so long the peer is held to be picky
	picky  time.Time              // when a record was set aside last
	credit int                    // how many may be set aside before another is to be taken again
	spoke  time.Time              // when the peer was asked by a statement last
	slow   time.Duration          // what calls took that succeeded: the longest, older ones count less
	barren time.Time              // since when tries of what is in line were in vain
	vain   int                    // how many
	away   int                    // how often the peer was not there for what is parked
	rest   time.Time              // until then nothing that is parked is tried
}

// doubtful tells whether a failure may be due to the first record that is not out.
func doubtful(err error) bool {
	var d *klaxon.Doubt
	return errors.As(err, &d)
}

// suspects tells whether the peer has been seen not long ago not to take one record
// and then to take another.
func (d *doubts) suspects(now time.Time) bool { return now.Before(d.until) }

// known tells whether a record was set aside not long ago: then there is no need to be
// slow about the next.
func (d *doubts) known(now time.Time) bool {
	return !d.picky.IsZero() && now.Sub(d.picky) < pickyFor
}

// needed is how often a record is not to be taken before it is set aside.
func (d *doubts) needed(now time.Time) int {
	if d.known(now) {
		return asideSoon
	}
	return asideAfter
}

// brief is how long a call may take while the peer is picky: what it takes usually is
// known then.
func (d *doubts) brief(full time.Duration) time.Duration {
	return min(full, max(briefTry, briefTimes*d.slow))
}

// deadline is how long a call may take of what may be good.
func (d *doubts) deadline(full time.Duration, now time.Time) time.Duration {
	if d.suspects(now) {
		return d.brief(full)
	}
	return full
}

// failed notes a try in vain of what is in line.
func (d *doubts) failed(now time.Time) {
	if d.bad = true; d.vain == 0 {
		d.barren = now
	}
	d.vain++
}

// spent tells whether tries were in vain for so long, or so often, that the peer has to
// show that it takes anything at all.
func (d *doubts) spent(now time.Time) bool {
	return d.vain >= vainMost || d.vain >= asideSoon && now.Sub(d.barren) >= vainFor
}

// good notes that the peer took something.
func (d *doubts) good(took time.Duration, now time.Time) {
	d.slow = max(took, d.slow*7/8)
	if d.bad {
		d.until = now.Add(pickyFor)
	}
	d.bad, d.vain, d.away, d.credit = false, 0, 0, asidePerPass
}

// skip is how many of the first records were taken before their turn.
func (d *doubts) skip(batch []klaxon.Record) (n int) {
	for n < len(batch) && d.early[batch[n]] {
		delete(d.early, batch[n])
		n++
	}
	return n
}

// stretch is how many of the first may go together: those that were taken early and
// those that have to wait end it.
func (o *output) stretch(batch []klaxon.Record, most int) (n int) {
	for n < min(most, len(batch)) && !o.doubts.early[batch[n]] && !o.follows(batch[n]) {
		n++
	}
	return n
}

// question is called when the peer did not take the first of batch. It returns what
// is left of that, and whether to go on without a wait.
func (o *output) question(batch []klaxon.Record, err error, cut bool, now func() time.Time) (left []klaxon.Record, again bool) {
	d, at := &o.doubts, time.Now()
	d.failed(at)
	picky := d.suspects(at) && !d.spent(at) && o.park(batch[0], now())
	if !picky && (!o.tryAnother(batch[0], now) || !o.park(batch[0], now())) {
		d.until = time.Time{}
		o.settle(false, err, now())
		return batch, false
	}
	p := o.parked[len(o.parked)-1]
	o.note(p, err, cut || !picky, at) // a peer that was away had no time for it
	if !picky {
		p.proven = true
		o.settle(true, nil, now())
	}
	return batch[1:], true
}
