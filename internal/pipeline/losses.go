package pipeline

import (
	"time"

	"klaxon"
)

// losses are the records that an output lost, and what nobody was told of them yet.
// The zero value has none. Who has one locks it.
type losses struct {
	all    tally     // what never fitted, was refused, or was left at the end
	untold uint64    // of these touches and alarms, those that no health record has told
	since  time.Time // when untold became non-zero
	why    string    // the reason of the last loss, "" for a full queue
}

func (l *losses) add(why string, now time.Time, records ...klaxon.Record) {
	var t tally
	t.add(records...)
	l.sum(why, now, t)
}

func (l *losses) sum(why string, now time.Time, t tally) {
	l.all.plus(t)
	n := t.touches + t.alarms
	if n == 0 {
		return // a statement of the sensor has counts of its own
	}
	if l.untold == 0 {
		l.since = now
	}
	l.untold += n
	l.why = why
}

// take returns what was not told yet, which is told then.
func (l *losses) take() (n uint64, since time.Time, why string) {
	n, l.untold = l.untold, 0
	return n, l.since, l.why
}
