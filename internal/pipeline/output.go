package pipeline

import (
	"errors"
	"sync"
	"syscall"
	"time"

	"klaxon"
)

// output is one sink with its queue and its goroutine. A sink that fails or
// hangs costs the others nothing: its queue fills, and the overflow is counted.
type output struct {
	sink klaxon.Sink
	keep bool
	tell func(klaxon.Health)                       // leaves a statement in the intake
	told func(output string, took []klaxon.Record) // nil: nobody asks

	mu      sync.Mutex
	ready   sync.Cond
	queue   []klaxon.Record
	closing bool
	quit    chan struct{} // closed with closing, to end a wait for a retry

	written tally     // what the sink took
	lost    tally     // what never fitted, or was left at the end
	untold  uint64    // touches and alarms of lost that no health record has told yet
	pending int       // records in the batch being delivered
	given   time.Time // when that was taken from the queue
	failing bool
	since   time.Time // when untold became non-zero
}

func newOutput(o Output, tell func(klaxon.Health)) *output {
	out := &output{sink: o.Sink, keep: o.Keep, tell: tell, quit: make(chan struct{})}
	out.ready.L = &out.mu
	return out
}

func (o *output) cap() int {
	if o.keep {
		return keepQueueCap
	}
	return notifyQueueCap
}

// offer queues a record, or counts it as lost.
func (o *output) offer(r klaxon.Record, now time.Time) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.queue) >= o.cap() || o.closing {
		o.lose([]klaxon.Record{r}, now)
		return
	}
	o.queue = append(o.queue, r)
	o.ready.Signal()
}

func (o *output) lose(records []klaxon.Record, now time.Time) {
	if o.untold == 0 {
		o.since = now
	}
	before := o.lost.touches + o.lost.alarms
	o.lost.add(records)
	o.untold += o.lost.touches + o.lost.alarms - before
}

// run delivers until close; then it delivers what is queued, with one try.
func (o *output) run(now func() time.Time) {
	for {
		batch := o.next()
		if batch == nil {
			return
		}
		o.deliver(batch, now)
	}
}

func (o *output) next() []klaxon.Record {
	o.mu.Lock()
	defer o.mu.Unlock()
	for len(o.queue) == 0 {
		if o.closing {
			return nil
		}
		o.ready.Wait()
	}
	n := min(len(o.queue), batchCap)
	batch := o.queue[:n:n]
	if o.queue = o.queue[n:]; len(o.queue) == 0 {
		o.queue = nil // lets go of the array, and of the touches behind it
	}
	o.pending, o.given = n, time.Now()
	return batch
}

func (o *output) deliver(batch []klaxon.Record, now func() time.Time) {
	for {
		n, err := o.sink.Emit(batch)
		o.settle(batch[:n], len(batch) == n, err, now())
		if o.told != nil && n > 0 {
			o.told(o.sink.Name(), batch[:n])
		}
		if batch = batch[n:]; len(batch) == 0 {
			return
		}
		select {
		case <-o.quit:
			o.abandon(batch, now())
			return
		case <-time.After(retryAfter):
		}
	}
}

// settle books what Emit took, and tells when the sink begins or ceases to fail.
func (o *output) settle(took []klaxon.Record, done bool, err error, now time.Time) {
	o.mu.Lock()
	o.written.add(took)
	o.pending -= len(took)
	was := o.failing
	o.failing = !done
	if !was && o.failing {
		o.mu.Unlock()
		o.tell(klaxon.Health{What: failureOf(err), Since: now, Output: o.sink.Name(), Detail: reason(err)})
		return
	}
	recovered := was && !o.failing
	o.mu.Unlock()
	if recovered {
		o.report("writing again")
	}
}

func (o *output) abandon(left []klaxon.Record, now time.Time) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.pending = 0
	o.lose(left, now)
}

// report tells how many records were lost since the last report. With a detail
// it speaks even when none was.
func (o *output) report(detail string) {
	o.mu.Lock()
	n, since := o.untold, o.since
	o.untold = 0
	o.mu.Unlock()
	if n > 0 || detail != "" {
		o.tell(klaxon.Health{What: klaxon.HealthDrops, Since: since, Count: n, Output: o.sink.Name(), Detail: detail})
	}
}

func (o *output) close() {
	o.mu.Lock()
	defer o.mu.Unlock()
	if !o.closing {
		o.closing = true
		close(o.quit)
		o.ready.Broadcast()
	}
}

func (o *output) counts() OutputCounts {
	o.mu.Lock()
	defer o.mu.Unlock()
	lag := time.Duration(0)
	if o.pending > 0 {
		lag = time.Since(o.given)
	}
	return OutputCounts{
		Name: o.sink.Name(), Keep: o.keep,
		Written: o.written.touches, Lost: o.lost.touches,
		Alarms: o.written.alarms, AlarmsLost: o.lost.alarms, Health: o.written.health + o.lost.health,
		Pending: uint64(len(o.queue) + o.pending), Failing: o.failing, Lag: lag,
	}
}

// tally counts records by type: the conservation laws are about touches and
// about alarms, and a health record may be lost as well.
type tally struct{ touches, alarms, health uint64 }

func (t *tally) add(records []klaxon.Record) {
	for _, r := range records {
		switch r.(type) {
		case *klaxon.Touch:
			t.touches++
		case *klaxon.Alarm:
			t.alarms++
		default:
			t.health++
		}
	}
}

func failureOf(err error) klaxon.HealthWhat {
	for _, disk := range []error{syscall.ENOSPC, syscall.EDQUOT, syscall.EROFS, syscall.EIO} {
		if errors.Is(err, disk) {
			return klaxon.HealthDisk
		}
	}
	return klaxon.HealthDrops
}

func reason(err error) string {
	if err == nil {
		return "the sink took part of a batch and gave no reason"
	}
	return err.Error()
}
