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

// emit calls the sink, within its deadline.
func (o *output) emit(batch []klaxon.Record) (int, error) {
	d, ok := o.sink.(Deliverer)
	if !ok {
		return o.sink.Emit(batch)
	}
	deadline := o.how.Deadline
	if deadline <= 0 {
		deadline = defaultDeadline
	}
	ctx, cancel := context.WithTimeout(o.life, deadline)
	defer cancel()
	return d.Deliver(ctx, batch)
}

// deliver calls the sink until it took the batch, or refused what is left of it,
// or the pipeline ends.
func (o *output) deliver(batch []klaxon.Record, now func() time.Time) {
	for failures := 0; ; {
		n, err := o.emit(batch)
		no := refused(err, len(batch)-n)
		o.settle(batch[:n], batch[n:n+no], len(batch) == n+no, err, now())
		if o.told != nil && n > 0 {
			o.told(o.sink.Name(), batch[:n])
		}
		if batch = batch[n+no:]; len(batch) == 0 {
			return
		}
		if failures++; n+no > 0 {
			failures = 1
		}
		select {
		case <-o.quit:
			o.abandon(batch, now())
			return
		case <-time.After(o.how.wait(failures)):
		}
	}
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
// time of the next call to come.
func (o *output) gather(queued int) {
	wait := o.how.Pace - time.Since(o.last)
	if queued < o.how.batch() {
		wait = max(wait, o.how.Linger)
	}
	if wait <= 0 {
		return
	}
	select {
	case <-o.quit:
	case <-time.After(wait):
	}
}
