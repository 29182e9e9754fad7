package pipeline

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"klaxon"
)

// Deliverer is implemented by sinks that wait for somebody else: Emit, with an end
// to the waiting. When ctx ends they return at once, with what is out.
type Deliverer interface {
	Deliver(ctx context.Context, batch []klaxon.Record) (int, error)
}

// Muter is implemented by sinks that take some records without a word to their peer:
// that such a record was taken says nothing of the peer.
type Muter interface {
	Mute(klaxon.Record) bool
}

// Delivery says how a sink is called. The zero value is for one that waits for
// nobody but a disk.
type Delivery struct {
	Batch    int           // records of one call at most; 0: batchCap
	Linger   time.Duration // how long a first record waits for others
	Pace     time.Duration // from one call that succeeded to the next, at least
	Deadline time.Duration // of one call of a Deliverer; 0: defaultDeadline
	Backoff  time.Duration // the longest wait between tries; 0: retryAfter
}

func (d *Delivery) batch() int {
	if d.Batch > 0 {
		return min(d.Batch, batchCap)
	}
	return batchCap
}

func (d *Delivery) deadline() time.Duration {
	if d.Deadline > 0 {
		return d.Deadline
	}
	return defaultDeadline
}

// wait is how long to leave a sink alone that failed so many times in a row:
// twice as long each time, a quarter more or less so that sensors that lost one
// peer at one time do not come back all at once.
func (d *Delivery) wait(failures int) time.Duration {
	if d.Backoff <= retryAfter {
		return retryAfter
	}
	wait := min(retryAfter<<min(failures-1, 20), d.Backoff)
	return wait*3/4 + rand.N(wait/2)
}

// emit calls the sink, within a deadline. It tells whether that cut the call short
// before the sink's own.
func (o *output) emit(batch []klaxon.Record, within time.Duration) (n int, cut bool, err error) {
	d, ok := o.sink.(Deliverer)
	if !ok {
		n, err = o.sink.Emit(batch)
		return n, false, err
	}
	ctx, cancel := context.WithTimeout(o.life, within)
	defer cancel()
	n, err = d.Deliver(ctx, batch)
	return n, err != nil && ctx.Err() != nil && within < o.how.deadline(), err
}

// deliver calls the sink until it took the batch, or refused what is left of it,
// or the pipeline ends.
func (o *output) deliver(batch []klaxon.Record, now func() time.Time) {
	most := len(batch)
	for failures := 0; len(batch) > 0; {
		if failures == 0 {
			o.retry(now)
			if len(o.ahead) >= aheadCap {
				o.evict(now())
			}
		}
		if n := o.doubts.skip(batch); n > 0 {
			o.book(batch[:n], nil, nil, now())
			batch = batch[n:]
			continue
		}
		if o.follows(batch[0]) {
			if o.park(batch[0], now()) {
				batch = batch[1:]
			} else if o.retry(now); !o.pause(1) { // for room
				o.abandon(batch, now())
				return
			}
			continue
		}
		part := batch[:o.stretch(batch, most)]
		n, no, cut, err := o.try(part, now)
		if batch = batch[n+no:]; n+no > 0 {
			failures = 0
		}
		switch left := len(part) - n - no; {
		case left == 0:
			o.settle(true, err, now())
			most = min(2*most, batchCap)
			continue
		case no > 0:
			continue // it is about others that the peer is asked now
		case !doubtful(err) || o.ending():
			o.settle(false, err, now())
		case left > 1:
			o.doubts.failed(time.Now())
			if most = left / 2; errors.Is(err, context.DeadlineExceeded) {
				most = 1 // each further step would take as long
			}
			continue // whom it is about
		default:
			var again bool
			if batch, again = o.question(batch, err, cut, now); again {
				continue
			}
		}
		if failures++; !o.pause(failures) {
			o.abandon(batch, now())
			return
		}
	}
}

// pause leaves the sink alone after so many failures. It is false at the end.
func (o *output) pause(failures int) bool {
	select {
	case <-o.quit:
		return false
	case <-time.After(o.how.wait(failures)):
		return true
	}
}

// try calls the sink once, and counts what it took and what it refused.
func (o *output) try(part []klaxon.Record, now func() time.Time) (took, no int, cut bool, err error) {
	began := time.Now()
	took, cut, err = o.emit(part, o.doubts.deadline(o.how.deadline(), began))
	no = refused(err, len(part)-took)
	o.book(part[:took], part[took:took+no], err, now())
	if took > 0 {
		o.took(part[:took], time.Since(began), now)
	}
	return took, no, cut, err
}

// refused is how many records a sink says will never be taken.
func refused(err error, left int) int {
	var r *klaxon.Refusal
	if !errors.As(err, &r) {
		return 0
	}
	return min(max(r.Count, 0), left)
}

// gather waits for more records to go with those that are queued, and for the
// time of the next call to come. What is urgent waits for hurriedPace at most, and so
// do all where half of the queue is full.
func (o *output) gather(queued int) {
	wait := o.how.Pace - time.Since(o.last)
	if queued < o.how.batch() {
		wait = max(wait, o.how.Linger)
	}
	for began := time.Now(); wait > 0; {
		select {
		case <-o.quit:
			return
		case <-time.After(wait):
			return
		case <-o.hurry:
			wait = min(wait-time.Since(began), max(o.how.Linger, hurriedPace-time.Since(o.last)))
			began = time.Now()
		}
	}
}

// hasten has gather wait no longer than it must. The caller holds mu.
func (o *output) hasten(r klaxon.Record) {
	if records, _ := o.cap(); !isUrgent(r) && len(o.queue) < records/2 {
		return
	}
	select {
	case o.hurry <- struct{}{}:
	default:
	}
}

func isUrgent(r klaxon.Record) bool {
	a, ok := r.(*klaxon.Alarm)
	return ok && classOfAlarm(a) == urgent
}
