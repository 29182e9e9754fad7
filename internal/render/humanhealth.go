package render

import (
	"strings"
	"time"

	"klaxon"
)

func appendHumanHealth(dst []byte, h *klaxon.Health, loc *time.Location) []byte {
	dst = appendClock(dst, h.Time, loc)
	dst = append(dst, "  "...)
	return AppendHealthText(dst, h, loc)
}

// AppendHealthText appends what a health record says, as AppendHuman does but
// without the record's own time, for outputs that stamp the line themselves.
func AppendHealthText(dst []byte, h *klaxon.Health, loc *time.Location) []byte {
	switch h.What {
	case klaxon.HealthHeldBack:
		if h.Count == 0 && h.Output != "" {
			return appendDetail(appendOutput(dst, h), ": ", h.Detail)
		}
		dst = appendHeldBack(dst, h, loc)
		return appendDetail(dst, "; ", h.Detail)
	case klaxon.HealthDrops:
		dst = appendDrops(dst, h, loc)
	case klaxon.HealthDisk:
		dst = appendDisk(dst, h, loc)
	case klaxon.HealthSilence:
		dst = appendSilence(dst, h, loc)
	case klaxon.HealthAllow:
		dst = append(dst, h.What...)
		return appendDetail(dst, ": ", inPlace(h.Detail, loc))
	case klaxon.HealthWire, klaxon.HealthClock, klaxon.HealthTrap, klaxon.HealthWeather, klaxon.HealthTest, klaxon.HealthStore:
		dst = append(dst, h.What...) // the detail is a sentence that says it all
	default:
		dst = appendWord(dst, h.What, wordCap)
		dst = append(dst, ' ')
		dst = appendUint(dst, h.Count)
		dst = appendSince(dst, h, loc)
	}
	return appendDetail(dst, ": ", h.Detail)
}

// appendSilence appends "NOT DETECTING since 14:02:00", and of the end of that, where
// no test in turn was missed, "detecting, and was not since 14:02:00".
func appendSilence(dst []byte, h *klaxon.Health, loc *time.Location) []byte {
	if h.Count == 0 {
		dst = append(dst, "detecting, and was not"...)
		return appendSince(dst, h, loc)
	}
	return appendSince(append(dst, "NOT DETECTING"...), h, loc)
}

// inPlace has the end of a rule, which a record tells in UTC, as the clock on the wall
// shows it.
func inPlace(detail string, loc *time.Location) string {
	const before, form = " until ", "2006-01-02T15:04:05Z"
	i := strings.Index(detail, before) + len(before)
	if i < len(before) || len(detail) < i+len(form) {
		return detail
	}
	at, err := time.Parse(form, detail[i:i+len(form)])
	if err != nil {
		return detail
	}
	return detail[:i] + at.In(loc).Format("2006-01-02 15:04:05 MST") + detail[i+len(form):]
}

// appendHeldBack appends "123 more records held back since 14:02:00 (all are
// counted)".
func appendHeldBack(dst []byte, h *klaxon.Health, loc *time.Location) []byte {
	dst = appendPlural(dst, h.Count, "more record", "more records")
	dst = append(dst, " held back"...)
	dst = appendSince(dst, h, loc)
	return append(dst, " (all are counted)"...)
}

// appendDrops appends "12 records lost on the way to json since 14:02:00", or
// "output json" where nothing was lost and the detail says it all.
func appendDrops(dst []byte, h *klaxon.Health, loc *time.Location) []byte {
	if h.Count == 0 && h.Output != "" {
		return appendOutput(dst, h)
	}
	dst = appendLost(dst, h)
	if h.Output != "" {
		dst = append(dst, " on the way to "...)
		dst = appendToken(dst, h.Output, wordCap)
	}
	return appendSince(dst, h, loc)
}

// appendDisk appends "output json cannot be written, 12 records lost since
// 14:02:00", the loss only where there was one.
func appendDisk(dst []byte, h *klaxon.Health, loc *time.Location) []byte {
	dst = appendOutput(dst, h)
	dst = append(dst, " cannot be written"...)
	if h.Count == 0 {
		return dst
	}
	dst = append(dst, ", "...)
	dst = appendLost(dst, h)
	return appendSince(dst, h, loc)
}

func appendOutput(dst []byte, h *klaxon.Health) []byte {
	dst = append(dst, "output "...)
	return appendWord(dst, h.Output, wordCap)
}

func appendLost(dst []byte, h *klaxon.Health) []byte {
	return appendPlural(dst, h.Count, "record lost", "records lost")
}

func appendSince(dst []byte, h *klaxon.Health, loc *time.Location) []byte {
	if h.Since.IsZero() {
		return dst
	}
	dst = append(dst, " since "...)
	return appendClock(dst, h.Since, loc)
}

func appendDetail(dst []byte, sep, detail string) []byte {
	if detail == "" {
		return dst
	}
	dst = append(dst, sep...)
	return appendText(dst, detail, humanDetailCap)
}
