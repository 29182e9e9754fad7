package main

import (
	"context"
	"slices"
	"time"

	"klaxon/internal/control"
	"klaxon/internal/drill"
	"klaxon/internal/pipeline"
)

// missing says which probes did not get everywhere, and how far they came.
func (k *desk) missing(r *drill.Report) (list []string) {
	keepers := k.keepers()
	for i := range r.Events {
		if why := short(&r.Events[i], keepers); why != "" {
			list = append(list, nameOf(&r.Events[i])+" ("+why+")")
		}
	}
	return list
}

// short says where a probe that was sent stopped, "" where it did not.
func short(e *drill.Event, keepers []string) string {
	switch {
	case e.Skipped != "":
		return ""
	case e.Seen.IsZero():
		return "not seen"
	case e.Found.IsZero():
		return "no alarm"
	case !e.Rang():
		return "taken for another"
	}
	for _, o := range keepers {
		if _, took := e.Took(o); !took {
			return "not in " + o
		}
	}
	return ""
}

func nameOf(e *drill.Event) string {
	if e.V6 {
		return e.Kind.String() + " IPv6"
	}
	return e.Kind.String() + " IPv4"
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

// noticed tells whether each output has the record of the end, or waits for nothing
// but its own digest.
func (k *desk) noticed(id string) bool {
	r, ok := k.d.drills.Report(id)
	return ok && !slices.ContainsFunc(k.d.sinks, func(o pipeline.Output) bool {
		_, took := r.Notices[o.Sink.Name()]
		return !took && o.Sink.Name() != control.HubName && k.waits(&o).IsZero()
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
	if o != nil {
		o.asked = time.Now()
	}
	k.mu.Unlock()
	out := control.Drill{ID: id, Begun: r.Begun.UTC(), Done: done, Keepers: k.keepers()}
	out.Good = len(k.missing(&r)) == 0 && k.noticed(id) && slices.ContainsFunc(r.Events, func(e drill.Event) bool { return e.Skipped == "" })
	for i := range r.Events {
		out.Events = append(out.Events, eventOf(&r.Events[i], out.Keepers))
	}
	for i := range k.d.sinks {
		name := k.d.sinks[i].Sink.Name()
		if name == control.HubName {
			continue
		}
		n := control.DrillNotice{Output: name, Arrived: moment(r.Notices[name])}
		if n.Arrived == nil {
			n.Due = moment(k.waits(&k.d.sinks[i]))
		}
		out.Notices = append(out.Notices, n)
	}
	return out, nil
}

func eventOf(e *drill.Event, keepers []string) control.DrillEvent {
	out := control.DrillEvent{
		Name: nameOf(e), Skipped: text(e.Skipped), Rang: e.Rang(), Alarm: e.Alarm, Touched: e.Trap,
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
