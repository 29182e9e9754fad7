package main

import (
	"klaxon"
	"klaxon/internal/render"
)

// ringing is a sink that prints what people would have been told.
type ringing struct {
	w    *whatIf
	look look
	err  error // of the output; nothing is written after it
}

// Name implements klaxon.Sink.
func (*ringing) Name() string { return "what-if" }

// Close implements klaxon.Sink.
func (*ringing) Close() error { return nil }

// Emit implements klaxon.Sink.
func (r *ringing) Emit(batch []klaxon.Record) (int, error) {
	for _, x := range batch {
		a, ok := x.(*klaxon.Alarm)
		if !ok || r.err != nil {
			continue
		}
		r.count(a)
		for i := range r.w.would {
			r.w.would[i].take(a)
		}
		if !a.Quiet || r.w.all {
			r.write(a)
		}
	}
	return len(batch), nil
}

func (r *ringing) count(a *klaxon.Alarm) {
	w := r.w
	switch room := len(w.told)+len(w.quiet) < whatIfMax; {
	case !a.Quiet && (room || w.quiet[a.ID]):
		w.told[a.ID] = true
		delete(w.quiet, a.ID)
	case a.Quiet && room && !w.told[a.ID]:
		w.quiet[a.ID] = true
	}
}

func (r *ringing) write(a *klaxon.Alarm) {
	var line []byte
	switch {
	case r.w.json:
		line = render.AppendJSON(line, a)
	default:
		if a.Quiet {
			line = append(line, "(records alone) "...)
		}
		line = render.AppendHuman(line, a, r.look.loc)
	}
	_, r.err = r.w.stdout.Write(append(line, '\n'))
}
