package main

import (
	"context"
	"slices"
	"time"

	"klaxon/internal/control"
	"klaxon/internal/drill"
	"klaxon/internal/pipeline"
)

// missing counts the probes that did not get everywhere.
func (k *desk) missing(r *drill.Report) (n int) {
	keepers := k.keepers()
	for i := range r.Events {
		e := &r.Events[i]
		if e.Skipped != "" {
			continue
		}
		if !e.Rang() || slices.ContainsFunc(keepers, func(o string) bool { _, took := e.Took(o); return !took }) {
			n++
		}
	}
	return n
}

// keepers are the outputs that take every event; all take the record of the end.
func (k *desk) keepers() (list []string) {
	for _, o := range k.d.sinks {
		if o.Keep && o.Sink.Name() != control.HubName {
			list = append(list, o.Sink.Name())
		}
	}
	return list
}

func (k *desk) noticed(id string) bool {
	r, ok := k.d.drills.Report(id)
	return ok && !slices.ContainsFunc(k.d.sinks, func(o pipeline.Output) bool {
		_, took := r.Notices[o.Sink.Name()]
		return !took && o.Sink.Name() != control.HubName
	})
}

// Drilled implements control.Driller.
func (k *desk) Drilled(_ context.Context, id string) (control.Drill, error) {
	if k.d.drills.Drills == nil {
		return control.Drill{}, control.Refuse(control.ErrUnavailable, "drill.enabled = false")
	}
	r, ok := k.d.drills.Report(id)
	if !ok {
		return control.Drill{}, control.Refuse(control.ErrNotFound, "there is no drill of that name, or another came after it")
	}
	k.mu.Lock()
	o := k.d.drills.orders[id]
	done := o != nil && o.done
	k.mu.Unlock()
	out := control.Drill{ID: id, Begun: r.Begun.UTC(), Done: done, Keepers: k.keepers()}
	out.Good = k.missing(&r) == 0 && k.noticed(id) && slices.ContainsFunc(r.Events, func(e drill.Event) bool { return e.Skipped == "" })
	for i := range r.Events {
		out.Events = append(out.Events, eventOf(&r.Events[i], out.Keepers))
	}
	for _, s := range k.d.sinks {
		if name := s.Sink.Name(); name != control.HubName {
			out.Notices = append(out.Notices, control.DrillNotice{Output: name, Arrived: moment(r.Notices[name])})
		}
	}
	return out, nil
}

func eventOf(e *drill.Event, keepers []string) control.DrillEvent {
	family := " IPv4"
	if e.V6 {
		family = " IPv6"
	}
	out := control.DrillEvent{
		Name: e.Kind.String() + family, Skipped: text(e.Skipped), Rang: e.Rang(), Alarm: e.Alarm, Touched: e.Trap,
		Sent: moment(e.Sent), Seen: moment(e.Seen), Found: moment(e.Found), Arrived: map[string]time.Time{},
	}
	if e.Flow.Target.IsValid() {
		out.Source, out.Target = e.Flow.Source.String(), e.Flow.Target.String()
	}
	for _, t := range e.As {
		out.Technique = append(out.Technique, string(t))
	}
	for _, o := range keepers {
		if at, ok := e.Took(o); ok {
			out.Arrived[o] = at.UTC()
		}
	}
	return out
}
