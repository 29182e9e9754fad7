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

// grow makes the numbers of an alarm those of its source, where it is told by itself. A
// touch names the service that it is of, and no other that its source was at.
func grow(a *klaxon.Alarm, w *control.Why) {
	if !w.Told || w.Crowd != "" || w.Run > 0 {
		return
	}
	if w.Last != nil && w.Last.After(a.Last) {
		a.Last = *w.Last
	}
	if a.Shape == klaxon.ShapeTouch {
		return
	}
	a.Probes = max(a.Probes, uint64(max(w.Contacts, 0)))
	a.Targets.Hosts, a.Targets.Services = max(a.Targets.Hosts, w.Hosts), max(a.Targets.Services, w.Services)
}
