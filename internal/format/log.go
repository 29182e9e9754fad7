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
//	TIME ALERT: host NAME accessing port … proto=tcp proof=P[ event=open][ id=ID][ marks=M,M]
//	TIME ALERT: scan … why="…"[ marks=M,M]
//	TIME klaxond: …
//
// An alarm that a touch opened is the line of that touch, with event=open and the
// alarm's id and marks. A touch without event= has not been judged: who is expected
// rings no alarm, but touches all the same.
func appendLog(dst []byte, r klaxon.Record) []byte {
	switch r := r.(type) {
	case *klaxon.Touch:
		return appendLogTouch(dst, r, "", r.ID, r.Proof, r.Marks)
	case *klaxon.Alarm:
		if t := r.Touch; t != nil && r.Event == klaxon.EventOpen && r.Shape == klaxon.ShapeTouch {
			return appendLogTouch(dst, t, " event=open", r.ID, min(t.Proof, r.Proof), marksOf(r))
		}
		return appendMarks(render.AppendAlarmLine(appendLogTime(dst, r.Time), r), r.Marks)
	case *klaxon.Health:
		dst = append(appendLogTime(dst, r.Time), "klaxond: "...)
		return render.AppendHealthText(dst, r, time.UTC)
	}
	panic("format: a record of a type without a form")
}

func appendLogTouch(dst []byte, t *klaxon.Touch, event, id string, proof klaxon.Proof, marks []klaxon.Mark) []byte {
	dst = render.AppendTouchLine(appendLogTime(dst, t.Time), t)
	dst = append(append(dst, " proof="...), proof.String()...)
	dst = append(dst, event...)
	if id != "" {
		dst = render.AppendToken(append(dst, " id="...), []byte(id), wordCap)
	}
	return appendMarks(dst, marks)
}

// marksOf returns the marks of an alarm and of the touch that opened it: who reads
// the line must not miss that the touch was relayed, nor that it was expected.
func marksOf(a *klaxon.Alarm) []klaxon.Mark {
	marks := slices.Clone(a.Touch.Marks)
	for _, m := range a.Marks {
		if !slices.Contains(marks, m) {
			marks = append(marks, m)
		}
	}
	return marks
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
