package main

import (
	"context"
	"encoding/json"
	"time"

	"klaxon"
	"klaxon/internal/control"
	"klaxon/internal/owed"
	"klaxon/internal/store"
)

// leap is by how much the clock may have been set back within what is owed. Of a run
// that the store has nothing of, for it was killed too soon, what is owed is looked
// for among that much of later records.
const leap = time.Hour

// finder finds the records that one output owes in the store. They are owed in the
// order in which they are kept, so that it reads on from the last one that it found:
// touches apart from all others, for these are many and mostly nobody's.
type finder struct {
	store store.Reader
	boot  uint64 // of this run
	reach [2]reach
	found map[name]klaxon.Record // what was read, and is not done
}

// reach is how far one kind of records was read.
type reach struct {
	at   uint64 // the last record that was found
	last uint64 // the highest number of this run that was seen
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

// find is pipeline.Spool's.
func (f *finder) find(ctx context.Context, list []owed.Entry) ([]klaxon.Record, error) {
	f.forget(list)
	for k := range kinds {
		if w := f.wanted(k, list); len(w.names) > 0 {
			if err := f.seek(ctx, k, w); err != nil {
				return nil, err
			}
		}
	}
	out := make([]klaxon.Record, 0, len(list))
	for i := range list {
		e := &list[i]
		r := f.found[name{e.Boot, e.Seq}]
		if r == nil && e.Boot == f.boot && e.Seq > f.reach[kindOf(e)].last {
			break // the store has not come that far
		}
		out = append(out, r)
	}
	return out, nil
}

// forget lets go of what is owed no more.
func (f *finder) forget(list []owed.Entry) {
	found := make(map[name]klaxon.Record, len(list))
	for i := range list {
		n := name{list[i].Boot, list[i].Seq}
		if r := f.found[n]; r != nil {
			found[n] = r
		}
	}
	f.found = found
}

// wanted is what is still to be found of one kind.
type wanted struct {
	names map[name]bool
	last  name
	since time.Time // none is older
	until time.Time // nor newer
}

func (f *finder) wanted(kind int, list []owed.Entry) wanted {
	w := wanted{names: map[name]bool{}}
	for i := range list {
		e := &list[i]
		n := name{e.Boot, e.Seq}
		if kindOf(e) != kind || f.found[n] != nil {
			continue
		}
		if w.names[n], w.last = true, n; w.since.IsZero() || e.When().Before(w.since) {
			w.since = e.When()
		}
		if e.When().After(w.until) {
			w.until = e.When()
		}
	}
	return w
}

// seek reads on until it is past all that is wanted.
func (f *finder) seek(ctx context.Context, kind int, w wanted) error {
	at := &f.reach[kind]
	q := store.Filter{Types: kinds[kind], OldestFirst: true, Cursor: at.at}
	if at.at == 0 {
		q.Since = w.since
	}
	for rec, err := range store.All(ctx, f.store, q) {
		if err != nil {
			return err
		}
		n := nameOf(rec.Line)
		over := w.over(n, f.boot) || rec.Time.After(w.until.Add(leap))
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
		if r, err := control.Recall(rec.Line); err == nil {
			f.found[n] = r
		}
		at.at = rec.Seq
		if delete(w.names, n); len(w.names) == 0 {
			return nil
		}
	}
	return nil
}

// over tells whether a record comes after all that is wanted.
func (w *wanted) over(n name, now uint64) bool {
	return n.boot == w.last.boot && n.seq > w.last.seq || n.boot == now && w.last.boot != now
}

func nameOf(line []byte) name {
	var l struct {
		Boot string `json:"boot"`
		Seq  uint64 `json:"seq"`
	}
	// What cannot be read is nothing that is owed.
	_ = json.Unmarshal(line, &l)
	return name{owed.BootOf(l.Boot), l.Seq}
}
