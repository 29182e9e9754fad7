package pipeline

import (
	"context"
	"sync"
	"time"

	"klaxon"
)

// output is one sink with its queue and its goroutine. A sink that fails or
// hangs costs the others nothing: its queue fills, and the overflow is counted.
type output struct {
	sink   klaxon.Sink
	keep   bool
	how    Delivery
	spool  Spool
	tell   func(klaxon.Health) // leaves a statement in the intake
	life   context.Context     // ends lastGrace after close, and calls of the sink with it
	end    context.CancelFunc
	last   time.Time                                 // when a batch was last done; of run's goroutine
	told   func(output string, took []klaxon.Record) // nil: nobody asks
	doubts doubts
	stamp  func(*klaxon.Health, time.Time) // for a statement that only its peer gets

	mu      sync.Mutex
	ready   sync.Cond
	queue   []klaxon.Record
	bytes   int              // of memory that queue holds
	waiting []*klaxon.Health // that found no room: one of a kind, with the sum
	closing bool
	quit    chan struct{} // closed with closing, to end a wait for a retry
	hurry   chan struct{} // has something that shortens a wait for company
	grace   *time.Timer   // set with closing
	choice  choice
	budget  *budget // its own; nil: none

	written tally // what the sink took
	lost    losses
	passed  tally  // what its filter does not want
	held    tally  // what its own budget did not allow
	unsaid  uint64 // of held, since it was told
	heldAt  time.Time
	first   tally           // what the run before left
	owing   tally           // what its spool has of it, done or not
	left    tally           // what this one leaves to the next
	sought  time.Time       // since when the next of its records is looked for; of run's goroutine
	behind  bool            // the spool has records that the queue had no room for
	stayed  bool            // the last try failed: what comes behind is left as well
	pending []klaxon.Record // the rest of the batch being delivered
	parked  []*parked       // put behind; written by run's goroutine alone
	ahead   []*parked       // of its spool what comes before pending, nil for what is done; of run's goroutine
	age     age
	gone    bool          // given up: its goroutine may never come back from the sink
	ended   chan struct{} // closed when run returns
	given   time.Time     // when that was taken from the queue
	health  standing
}

func newOutput(o Output, now time.Time, tell func(klaxon.Health)) *output {
	out := &output{sink: o.Sink, keep: o.Keep, how: o.Delivery, tell: tell, quit: make(chan struct{}), hurry: make(chan struct{}, 1), ended: make(chan struct{})}
	out.ready.L = &out.mu
	out.choice.filter = o.Filter
	out.life, out.end = context.WithCancel(context.Background())
	out.recall(o.Spool)
	if o.PerMinute > 0 {
		out.budget = newBudget(o.PerMinute, now.UnixNano())
	}
	return out
}

func (o *output) cap() (records, bytes int) {
	if o.keep {
		return keepQueueCap, keepQueueBytes
	}
	return notifyQueueCap, notifyQueueBytes
}

// offer queues a record that the output wants and has budget for, or counts it.
func (o *output) offer(r klaxon.Record, now time.Time) { o.consider(r, false, now) }

// confide is offer for what the records do not have.
func (o *output) confide(r klaxon.Record, now time.Time) { o.consider(r, true, now) }

func (o *output) consider(r klaxon.Record, alone bool, now time.Time) {
	o.mu.Lock()
	defer o.mu.Unlock()
	switch {
	case !o.choice.wants(r):
		o.passed.add(r)
	case o.budget != nil && !o.budget.pass(r, now.UnixNano()):
		if o.unsaid == 0 {
			o.heldAt = now
		}
		o.unsaid++
		o.held.add(r)
	default:
		o.push(r, alone, now)
	}
}

// insist is confide whatever filter and budget say.
func (o *output) insist(r klaxon.Record, now time.Time) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.push(r, true, now)
}

// push queues a record; alone says that no other output has it.
func (o *output) push(r klaxon.Record, alone bool, now time.Time) {
	records, bytes := o.cap()
	size := weigh(r)
	full := len(o.queue) >= records || o.bytes+size > bytes
	if o.closing || !o.owe(r, full, alone) {
		o.miss(r, now)
		return
	}
	if !o.behind {
		o.queue = append(o.queue, r)
		o.bytes += size
	}
	o.age.came(1, time.Now())
	o.hasten(r)
	o.ready.Signal()
}

// miss takes a record that found no room. A statement of the sensor waits beside
// the queue, for the counts in it tell of gaps.
func (o *output) miss(r klaxon.Record, now time.Time) {
	if h, ok := r.(*klaxon.Health); ok && !o.closing && o.remember(h) {
		return
	}
	o.lost.add("", now, r)
}

// remember adds a statement to those of its kind that wait for room.
func (o *output) remember(h *klaxon.Health) bool {
	for _, u := range o.waiting {
		if u.What == h.What && u.Output == h.Output {
			u.Count += h.Count
			return true
		}
	}
	if len(o.waiting) == healthCap {
		return false
	}
	own := *h // other outputs have h
	o.waiting = append(o.waiting, &own)
	return true
}

// say queues the statements that found no room before, once there is some.
func (o *output) say() {
	if o.behind {
		return
	}
	for _, h := range o.waiting {
		if !o.owe(h, false, true) {
			o.lost.add("", time.Time{}, h)
			continue
		}
		o.queue = append(o.queue, h)
		o.bytes += weigh(h)
		o.age.came(1, time.Now())
	}
	o.waiting = nil
}

// takeUnsaid returns and clears what the output's own budget held back since the
// last call.
func (o *output) takeUnsaid() (n uint64, since time.Time) {
	o.mu.Lock()
	defer o.mu.Unlock()
	n, since = o.unsaid, o.heldAt
	o.unsaid = 0
	return n, since
}

// run delivers until close; then it delivers what is queued, with one try.
func (o *output) run(now func() time.Time) {
	defer close(o.ended)
	for {
		batch, over := o.next(now)
		switch {
		case over:
			o.finish(now())
			return
		case batch == nil:
			o.retry(now)
		default:
			o.deliver(batch, now)
			o.last = time.Now()
		}
	}
}

// next returns what to deliver, nothing when one that is parked is due, and the end.
func (o *output) next(now func() time.Time) (batch []klaxon.Record, over bool) {
	queued := o.waitFor()
	for queued == 0 && o.refill(now) {
		queued = o.waitFor()
	}
	if queued == 0 {
		return nil, o.ending()
	}
	o.gather(queued)
	o.mu.Lock()
	defer o.mu.Unlock()
	n := min(len(o.queue), o.how.batch())
	if n == 0 { // given up meanwhile
		return nil, true
	}
	batch = o.queue[:n:n]
	if o.queue = o.queue[n:]; len(o.queue) == 0 {
		o.queue = nil // lets go of the array, and of the touches behind it
		select {
		case <-o.hurry: // for what is in this batch
		default:
		}
	}
	for _, r := range batch {
		o.bytes -= weigh(r)
	}
	o.pending, o.given = batch, time.Now()
	o.say()
	return batch, false
}

// await waits for more, or until one that is parked is due: then it is false. The
// caller holds mu.
func (o *output) await() bool {
	due, p := o.nextDue()
	if p == nil {
		o.ready.Wait()
		return true
	}
	wait := time.Until(due)
	if wait <= 0 {
		return false
	}
	defer time.AfterFunc(wait, func() {
		o.mu.Lock()
		defer o.mu.Unlock()
		o.ready.Broadcast()
	}).Stop()
	o.ready.Wait()
	return true
}

// waitFor returns how many records are queued once there are any, and 0 when the
// queue has to be filled or at the end.
func (o *output) waitFor() int {
	o.mu.Lock()
	defer o.mu.Unlock()
	for len(o.queue) == 0 && !o.behind && !o.closing && !o.gone && o.await() {
	}
	if o.stayed {
		return 0
	}
	return len(o.queue)
}

func (o *output) abandon(left []klaxon.Record, now time.Time) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.stayed = o.spool.Owed != nil
	if !o.gone && !o.stayed {
		o.pending = nil
		o.lost.add("", now, left...)
	}
}

// giveUp counts as lost what a sink that does not come back was given, and what
// waits behind it.
func (o *output) giveUp(now time.Time) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.gone = true
	if o.spool.Owed == nil {
		o.lost.add("", now, o.pending...)
		o.lost.add("", now, o.queue...)
		o.loseParked("", now)
	}
	o.leave()
	o.pending, o.queue, o.bytes = nil, nil, 0
}

// ending tells whether the pipeline ends.
func (o *output) ending() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.closing
}

func (o *output) close() {
	o.mu.Lock()
	defer o.mu.Unlock()
	if !o.closing {
		o.closing = true
		close(o.quit)
		o.grace = time.AfterFunc(lastGrace, o.end)
		o.ready.Broadcast()
	}
}

// finish lets go of the clock that close wound up, and of what is left.
func (o *output) finish(now time.Time) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if !o.gone && o.spool.Owed == nil {
		o.loseParked("they were in doubt at the end", now)
	}
	o.leave()
	o.grace.Stop()
	o.end()
}

func (o *output) counts() OutputCounts {
	o.mu.Lock()
	defer o.mu.Unlock()
	lag, failing, why := time.Duration(0), o.health.failing, o.health.why
	if len(o.pending) > 0 {
		lag = time.Since(o.given)
	}
	if patience := o.how.deadline() + stallAfter; lag > patience && !failing {
		failing, why = true, "it stands still with what it was given"
	}
	if o.doubted() > 0 {
		lag = max(lag, time.Since(o.parked[0].since))
	}
	if late := o.late(); late > 0 && !failing {
		failing, why = true, o.lateness(late)
	}
	return OutputCounts{
		Name: o.sink.Name(), Keep: o.keep, Why: why,
		Written: o.written.touches, Lost: o.lost.all.touches,
		Alarms: o.written.alarms, AlarmsLost: o.lost.all.alarms, Health: o.written.health + o.lost.all.health,
		First: o.first.touches, AlarmsFirst: o.first.alarms, Left: o.left.touches, AlarmsLeft: o.left.alarms,
		Passed: o.passed.touches, AlarmsPassed: o.passed.alarms, HeldBack: o.held.touches, AlarmsHeldBack: o.held.alarms,
		Pending: o.waits(), Failing: failing, Failures: o.health.failed, Lag: lag,
	}
}

// waits is how many records are still to be done.
func (o *output) waits() uint64 {
	if o.spool.Owed != nil && !o.gone {
		return o.owing.sum() - o.left.sum()
	}
	return uint64(len(o.queue) + len(o.pending) + o.doubted())
}
