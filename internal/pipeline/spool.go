package pipeline

import (
	"slices"
	"time"

	"klaxon"
)

// Spool is what an output that was away leaves to the next run, so that a restart
// loses nothing of it. The zero value is none: what is left at the end is lost.
type Spool struct {
	First []klaxon.Record // left by the run before; they go first
	// Forget says that First need not be kept any more: all of it was taken.
	Forget func()
	// Leave puts records away, in their order, and returns how many it could.
	Leave func([]klaxon.Record) int
}

// recall queues what the run before left. It comes before run.
func (o *output) recall(s Spool) {
	o.spool = s
	o.queue = slices.Clone(s.First)
	for _, r := range o.queue {
		o.bytes += weigh(r)
	}
	o.first.add(s.First...)
	if s.Forget != nil {
		o.due = len(s.First)
	}
}

// keepBack has records left to the next run.
func (o *output) keepBack(batch []klaxon.Record) {
	o.kept = append(o.kept, batch...)
	o.mu.Lock()
	o.pending = nil
	o.mu.Unlock()
}

// leave puts away what is left, and counts as lost what cannot be.
func (o *output) leave(now time.Time) {
	if len(o.kept) == 0 {
		return
	}
	n := min(max(o.spool.Leave(o.kept), 0), len(o.kept))
	o.mu.Lock()
	defer o.mu.Unlock()
	o.left.add(o.kept[:n]...)
	if o.why = ""; n < len(o.kept) {
		o.lose(o.kept[n:], now)
	}
}
