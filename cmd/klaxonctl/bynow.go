package main

import (
	"klaxon"
	"klaxon/internal/control"
)

// byNow gives an open alarm the numbers of now, where klaxond can be asked: it writes a
// record when the meaning of an alarm changes, and a scan that grows tenfold at most
// means the same until it ends.
func (q *question) byNow(a *klaxon.Alarm) {
	if q.stopped != nil || q.speechless || !a.Source.Addr.IsValid() {
		return
	}
	w, err := q.client.Why(q.ctx, a.Source.Addr.WithZone(""))
	if err != nil {
		q.speechless = true // the rows of records are an answer, too
		return
	}
	grow(a, &w)
}

// grow makes the numbers of an alarm those that its next record would have, if it is the
// one that is open of its source.
func grow(a *klaxon.Alarm, w *control.Why) {
	now := w.Alarm
	if now == nil || now.ID != a.ID {
		return
	}
	a.Probes, a.Targets.Hosts, a.Targets.Services, a.Last = now.Probes, now.Hosts, now.Services, now.Last
}
