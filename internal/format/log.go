package format

import (
	"slices"
	"time"

	"klaxon"
	"klaxon/internal/render"
)

// logTime is RFC 3339 in UTC with six fractional digits: readers of log files,
// fail2ban among them, take no more.
const logTime = "2006-01-02T15:04:05.000000Z"

// appendLog appends a line of klaxond's own log file: the time, the frozen line
// of a touch or an alarm, and what the frozen line of 1995 could not say:
//
//	TIME ALERT: host NAME accessing port … proto=tcp proof=P[ id=ID][ marks=M,M]
//	TIME ALERT: scan … why="…"[ marks=M,M]
//	TIME klaxond: …
//
// An alarm that a touch opened is the line of that touch, with the alarm's id.
func appendLog(dst []byte, r klaxon.Record) []byte {
	switch r := opened(r).(type) {
	case *klaxon.Touch:
		dst = render.AppendTouchLine(appendLogTime(dst, r.Time), r)
		dst = append(append(dst, " proof="...), r.Proof.String()...)
		if r.ID != "" {
			dst = render.AppendToken(append(dst, " id="...), []byte(r.ID), wordCap)
		}
		return appendMarks(dst, r.Marks)
	case *klaxon.Alarm:
		return appendMarks(render.AppendAlarmLine(appendLogTime(dst, r.Time), r), r.Marks)
	case *klaxon.Health:
		dst = append(appendLogTime(dst, r.Time), "klaxond: "...)
		return render.AppendHealthText(dst, r, time.UTC)
	}
	panic("format: a record of a type without a form")
}

// opened returns the touch in place of an alarm that it opened, with the marks
// of both and what both prove: who reads the line must not miss that the alarm was expected.
func opened(r klaxon.Record) klaxon.Record {
	a, ok := r.(*klaxon.Alarm)
	if !ok || a.Event != klaxon.EventOpen || a.Shape != klaxon.ShapeTouch || a.Touch == nil {
		return r
	}
	t := *a.Touch
	t.Marks = slices.Clone(t.Marks)
	for _, m := range a.Marks {
		if !slices.Contains(t.Marks, m) {
			t.Marks = append(t.Marks, m)
		}
	}
	t.ID, t.Proof = a.ID, min(t.Proof, a.Proof)
	return &t
}

func appendLogTime(dst []byte, t time.Time) []byte {
	if !known(t) {
		t = time.Unix(0, 0)
	}
	return append(t.UTC().AppendFormat(dst, logTime), ' ')
}

func appendMarks(dst []byte, marks []klaxon.Mark) []byte {
	for i, m := range marks[:min(len(marks), addrsCap)] {
		if i == 0 {
			dst = append(dst, " marks="...)
		} else {
			dst = append(dst, ',')
		}
		dst = render.AppendToken(dst, []byte(m), wordCap)
	}
	return dst
}
