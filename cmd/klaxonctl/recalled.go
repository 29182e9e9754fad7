package main

import (
	"klaxon"
	"klaxon/internal/control"
)

// recalled reads a kept record of a kind. One that cannot be read, which somebody has
// changed where it lies, is counted: it must not keep the others from whoever asks.
func recalled[R klaxon.Record](q *question, line []byte) (r R, ok bool) {
	kept, err := control.Recall(line)
	if r, ok = kept.(R); err != nil || !ok {
		q.unread++
		return r, false
	}
	return r, true
}

// unreadable says how many records were passed over, "" for none.
func (q *question) unreadable() string {
	if q.unread == 0 {
		return ""
	}
	return amount(q.unread, "record", "records") + " could not be read; see klaxonctl verify"
}
