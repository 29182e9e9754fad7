package netsyslog

import (
	"slices"
	"strconv"
	"time"

	"klaxon"
	"klaxon/internal/render"
)

// Severities (RFC 5424 section 6.2.1).
const (
	critical = 2
	failure  = 3
	warning  = 4
	notice   = 5
	info     = 6
)

// facility is auth, that of security messages.
const facility = 4

// Bounds of RFC 5424 section 6.
const (
	hostnameCap = 255
	maxSequence = 1<<31 - 1 // section 7.3.1
)

const (
	stamp5424 = "2006-01-02T15:04:05.000000Z07:00"
	appName   = "klaxon"
)

// head is what the header of a message says.
type head struct {
	at       time.Time
	sensor   string
	kind     string
	seq      uint64
	severity int
}

func headOf(r klaxon.Record) head {
	switch r := r.(type) {
	case *klaxon.Touch:
		return head{r.Time, r.Sensor, "touch", r.Seq, notice}
	case *klaxon.Alarm:
		return head{r.Time, r.Sensor, "alarm", r.Seq, severityOf(r)}
	case *klaxon.Health:
		return head{r.Time, r.Sensor, "health", r.Seq, severityOfHealth(r)}
	}
	return head{severity: notice}
}

// severityOf maps ours, 1 to 5, on those of syslog; what is over is no news, and a
// drill is none.
func severityOf(a *klaxon.Alarm) int {
	switch {
	case a.Event == klaxon.EventClose, a.Event == klaxon.EventRetract, a.Severity <= 1, slices.Contains(a.Marks, klaxon.MarkDrill):
		return info
	case a.Severity == 2:
		return notice
	case a.Severity == 3:
		return warning
	case a.Severity == 4:
		return failure
	}
	return critical
}

func severityOfHealth(h *klaxon.Health) int {
	switch h.What {
	case klaxon.HealthSilence:
		if h.Count == 0 {
			return notice // it detects again
		}
		return critical // nobody would be told of anything
	case klaxon.HealthHeldBack:
		if h.Count == 0 {
			return warning // an output fails
		}
		return notice
	case klaxon.HealthDisk, klaxon.HealthDrops, klaxon.HealthWire, klaxon.HealthStore:
		return warning
	}
	return notice
}

// append5424 appends a message of RFC 5424. The structured data holds the sequence
// number (section 7.3.1), by which a receiver sees what it missed.
func (s *Sink) append5424(dst []byte, h head, body []byte) []byte {
	dst = append(dst, '<')
	dst = strconv.AppendInt(dst, int64(facility<<3|h.severity), 10)
	dst = append(dst, ">1 "...)
	dst = appendStamp(dst, h.at)
	dst = append(dst, ' ')
	dst = appendName(dst, h.sensor, hostnameCap)
	dst = append(dst, ' ')
	dst = append(dst, appName...)
	dst = append(dst, ' ')
	dst = append(dst, s.pid...)
	dst = append(dst, ' ')
	dst = appendName(dst, h.kind, 32)
	if h.seq == 0 {
		dst = append(dst, " - "...)
	} else {
		dst = append(dst, ` [meta sequenceId="`...)
		dst = strconv.AppendUint(dst, (h.seq-1)%maxSequence+1, 10)
		dst = append(dst, `"] `...)
	}
	return append(dst, body...)
}

// append3164 appends a message of RFC 3164, with the local time, as that has it.
func (s *Sink) append3164(dst []byte, h head, body []byte) []byte {
	dst = append(dst, '<')
	dst = strconv.AppendInt(dst, int64(facility<<3|h.severity), 10)
	dst = append(dst, '>')
	dst = h.at.In(s.o.Location).AppendFormat(dst, time.Stamp)
	dst = append(dst, ' ')
	dst = appendHost(dst, h.sensor)
	dst = append(dst, ' ')
	dst = append(dst, appName...)
	dst = append(append(append(dst, '['), s.pid...), "]: "...)
	return append(dst, body...)
}

// appendHost appends a host name as daemons of old read one, other bytes as "-".
func appendHost(dst []byte, s string) []byte {
	before := len(dst)
	for _, c := range []byte(s[:min(len(s), hostnameCap)]) {
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '.' && len(dst) > before:
			dst = append(dst, c)
		default:
			dst = append(dst, '-')
		}
	}
	if len(dst) == before {
		return append(dst, '-')
	}
	return dst
}

// appendStamp leaves out a time that RFC 3339 cannot write.
func appendStamp(dst []byte, at time.Time) []byte {
	if y := at.Year(); at.IsZero() || y < 0 || y > 9999 {
		return append(dst, '-')
	}
	return at.UTC().AppendFormat(dst, stamp5424)
}

// appendName appends a word of a header, "-" for none; longer ones are cut, for the
// bounds are those of the whole field.
func appendName(dst []byte, s string, limit int) []byte {
	before := len(dst)
	dst = render.AppendToken(dst, []byte(s), limit)
	if len(dst) == before {
		return append(dst, '-')
	}
	return dst[:min(len(dst), before+limit)]
}
