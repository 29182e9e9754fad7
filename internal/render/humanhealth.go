package render

import (
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
		dst = appendHeldBack(dst, h, loc)
		return appendDetail(dst, "; ", h.Detail)
	case klaxon.HealthDrops:
		dst = appendDrops(dst, h, loc)
	case klaxon.HealthDisk:
		dst = appendDisk(dst, h, loc)
	case klaxon.HealthSilence:
		dst = append(dst, "nothing seen"...)
		dst = appendSince(dst, h, loc)
	case klaxon.HealthWire, klaxon.HealthClock, klaxon.HealthTrap, klaxon.HealthAllow, klaxon.HealthWeather, klaxon.HealthTest, klaxon.HealthStore:
		dst = append(dst, h.What...) // the detail is a sentence that says it all
	default:
		dst = appendWord(dst, h.What, wordCap)
		dst = append(dst, ' ')
		dst = appendUint(dst, h.Count)
		dst = appendSince(dst, h, loc)
	}
	return appendDetail(dst, ": ", h.Detail)
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
