package sink

import (
	"time"

	"klaxon"
	"klaxon/internal/render"
)

// AppendLine appends the frozen line of a record, without end: what syslog has. A
// touch whose line klaxon has written already is left out.
func AppendLine(dst []byte, r klaxon.Record) []byte {
	switch r := opened(r).(type) {
	case *klaxon.Touch:
		if r.Logged {
			return dst
		}
		return render.AppendTouchLine(dst, r)
	case *klaxon.Alarm:
		return render.AppendAlarmLine(dst, r)
	case *klaxon.Health:
		dst = append(dst, "klaxond: "...)
		return render.AppendHealthText(dst, r, time.Local)
	}
	return dst
}
