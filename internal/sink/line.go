package sink

import (
	"bytes"
	"slices"
	"time"

	"klaxon"
	"klaxon/internal/render"
)

// AppendLine appends the frozen line of a record, without end: what syslog has. A
// touch whose line klaxon has written already is left out.
func AppendLine(dst []byte, r klaxon.Record) []byte { return appendLine(dst, opened(r)) }

// AppendKept appends what AppendLine does for an output that has every touch: there an
// alarm that a touch opened is a line of its own, for that of the touch is there
// already, and would be counted twice.
func AppendKept(dst []byte, r klaxon.Record) []byte { return appendLine(dst, r) }

func appendLine(dst []byte, r klaxon.Record) []byte {
	before := len(dst)
	switch r := r.(type) {
	case *klaxon.Touch:
		if r.Logged {
			return dst
		}
		return drilled(render.AppendTouchLine(dst, r), before, r.Marks)
	case *klaxon.Alarm:
		return drilled(render.AppendAlarmLine(dst, r), before, r.Marks)
	case *klaxon.Health:
		dst = append(dst, "klaxond: "...)
		return render.AppendHealthText(dst, r, time.Local)
	}
	return dst
}

// The first words of a line. What is part of a drill must not match what people have
// wait for "ALERT:" since 1995.
const (
	alert = "ALERT:"
	drill = "DRILL:"
)

func drilled(dst []byte, at int, marks []klaxon.Mark) []byte {
	if slices.Contains(marks, klaxon.MarkDrill) && bytes.HasPrefix(dst[at:], []byte(alert)) {
		copy(dst[at:], drill)
	}
	return dst
}
