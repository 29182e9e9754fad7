package main

import (
	"bytes"
	"context"
	"strconv"
	"time"

	"klaxon"
	"klaxon/internal/control"
	"klaxon/internal/owed"
	"klaxon/internal/store"
)

// finder finds the records that one output owes in the store. They are owed in the
// order in which they are kept, so that it reads on from the last one that it found:
// touches apart from all others, for these are many and mostly nobody's.
type finder struct {
	store store.Reader
	boot  uint64 // of this run
	reach [2]reach
	known map[name]klaxon.Record // what was looked for, and is not done: nil for what is not kept
	bare  []*klaxon.Alarm        // of these, to be given the touch that opened them
}

// reach is how far one kind of records was read.
type reach struct {
	at   uint64          // the last record that was found, or the one before the first
	boot uint64          // of the last that was found
	last uint64          // the highest number of this run that was seen
	runs map[uint64]bool // of before, that have records behind at; nil when nobody looked
}

// kinds are the types that are read together.
var kinds = [2][]store.Type{{store.TypeTouch}, {store.TypeAlarm, store.TypeHealth}}

func kindOf(e *owed.Entry) int {
	if e.Kind == owed.Touch {
		return 0
	}
	return 1
}

// name is what a record and its entry have in common.
type name struct{ boot, seq uint64 }

// find is pipeline.Spool's. It reads only when nothing is known of the first.
func (f *finder) find(ctx context.Context, list []owed.Entry) ([]klaxon.Record, error) {
	f.forget(list)
	if err := f.complete(ctx); err != nil {
		return nil, err
	}
	if out := f.first(list); len(out) > 0 {
		return out, nil
	}
	for k := range kinds {
		if w := f.wanted(k, list); len(w.names) > 0 {
			if err := f.seek(ctx, k, &w); err != nil {
				return nil, err
			}
		}
	}
	if err := f.complete(ctx); err != nil {
		return nil, err
	}
	return f.first(list), nil
}

// first returns as many as are known.
func (f *finder) first(list []owed.Entry) (out []klaxon.Record) {
	for i := range list {
		r, known := f.known[name{list[i].Boot, list[i].Seq}]
		if !known {
			break // it was not looked for, or the store has not come that far
		}
		out = append(out, r)
	}
	return out
}

// forget lets go of what is owed no more.
func (f *finder) forget(list []owed.Entry) {
	known := make(map[name]klaxon.Record, len(list))
	for i := range list {
		n := name{list[i].Boot, list[i].Seq}
		if r, ok := f.known[n]; ok {
			known[n] = r
		}
	}
	f.known = known
}

// wanted is what is still to be found of one kind.
type wanted struct {
	names map[name]bool
	last  name
	since time.Time // none is older
}

func (f *finder) wanted(kind int, list []owed.Entry) wanted {
	w := wanted{names: map[name]bool{}}
	for i := range list {
		e := &list[i]
		n := name{e.Boot, e.Seq}
		if _, known := f.known[n]; known || kindOf(e) != kind {
			continue
		}
		if w.names[n], w.last = true, n; w.since.IsZero() || e.When().Before(w.since) {
			w.since = e.When()
		}
	}
	return w
}

// seek reads on until it is past all that is wanted. What it has not found then is
// not kept, but for what this run is still to keep.
func (f *finder) seek(ctx context.Context, kind int, w *wanted) error {
	at := &f.reach[kind]
	if err := f.begin(ctx, kind, w); err != nil {
		return err
	}
	last, some := f.lastOf(w, at)
	if some {
		if err := f.read(ctx, kind, w, last); err != nil {
			return err
		}
	}
	for n := range w.names {
		if n.boot != f.boot || n.seq <= at.last {
			f.known[n] = nil
		}
	}
	return nil
}

// begin finds where to read from, once, and which runs there are.
func (f *finder) begin(ctx context.Context, kind int, w *wanted) error {
	at := &f.reach[kind]
	if at.at == 0 {
		page, err := f.store.Query(ctx, store.Filter{Types: kinds[kind], OldestFirst: true, Since: w.since, Limit: 1})
		if err != nil || len(page.Records) == 0 {
			return err
		}
		at.at = page.Records[0].Seq - 1
	}
	if at.runs != nil {
		return nil
	}
	runs := map[uint64]bool{}
	for rec, err := range store.All(ctx, f.store, f.behind(kind)) {
		if err != nil {
			return err
		}
		n := namedIn(rec.Line)
		if n.boot == f.boot {
			break // those of before can be no more
		}
		runs[n.boot] = true
	}
	at.runs = runs
	return nil
}

func (f *finder) behind(kind int) store.Filter {
	return store.Filter{Types: kinds[kind], OldestFirst: true, Cursor: f.reach[kind].at}
}

// lastOf is the last that is wanted of a run that has any record. A run that was
// killed before the store took one has none.
func (f *finder) lastOf(w *wanted, at *reach) (last name, some bool) {
	if w.last.boot == f.boot || at.runs[w.last.boot] {
		return w.last, true
	}
	// Which of the others is last does not show: each is read to its end.
	for n := range w.names {
		if n.boot == f.boot || at.runs[n.boot] {
			return name{}, true
		}
	}
	return name{}, false
}

// read goes from record to record. One run's are together.
func (f *finder) read(ctx context.Context, kind int, w *wanted, last name) error {
	at := &f.reach[kind]
	open := w.runs(at.runs, f.boot)
	before := at.boot
	for rec, err := range store.All(ctx, f.store, f.behind(kind)) {
		if err != nil {
			return err
		}
		n := namedIn(rec.Line)
		if n.boot != before {
			delete(open, before) // it is over
			before = n.boot
		}
		over := len(open) == 0 || n.boot == last.boot && n.seq > last.seq
		if n.boot == f.boot {
			seen := n.seq
			if over {
				seen-- // it may be wanted itself the next time
			}
			at.last = max(at.last, seen)
		}
		if over {
			return nil
		}
		if !w.names[n] {
			continue
		}
		f.take(at, &rec, n)
		if delete(w.names, n); len(w.names) == 0 {
			return nil
		}
	}
	return nil
}

func (f *finder) take(at *reach, rec *store.Record, n name) {
	f.known[n] = nil // for one that cannot be read is not kept
	if r, err := control.Recall(rec.Line); err == nil {
		f.known[n] = r
		if a, ok := bareOf(r); ok {
			f.bare = append(f.bare, a)
		}
	}
	at.at, at.boot = rec.Seq, n.boot
}

// runs are those of which something is wanted, and that have records.
func (w *wanted) runs(have map[uint64]bool, now uint64) map[uint64]bool {
	runs := map[uint64]bool{}
	for n := range w.names {
		if n.boot == now || have[n.boot] {
			runs[n.boot] = true
		}
	}
	return runs
}

// nameOf reads the name of a record in its line. Keys come in one order, and within
// a value each quote is escaped, so that the first is the right one.
func namedIn(line []byte) name {
	_, rest, _ := bytes.Cut(line, []byte(`,"boot":"`))
	boot, rest, _ := bytes.Cut(rest, []byte(`"`))
	rest = bytes.TrimPrefix(rest, []byte(`,"seq":`))
	digits := 0
	for digits < len(rest) && rest[digits] >= '0' && rest[digits] <= '9' {
		digits++
	}
	seq, _ := strconv.ParseUint(string(rest[:digits]), 10, 64) // 0 is nobody's
	return name{owed.BootOf(string(boot)), seq}
}
