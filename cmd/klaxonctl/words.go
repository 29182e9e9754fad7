package main

import (
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"klaxon/internal/render"
)

// when is a moment as a person reads it: the time alone for today, else the day
// before it.
func (l look) when(t time.Time) string {
	t = t.In(l.loc)
	now := l.now.In(l.loc)
	switch {
	case t.Year() == now.Year() && t.YearDay() == now.YearDay():
		return t.Format(time.TimeOnly)
	case t.Year() == now.Year():
		return t.Format("Jan _2 15:04:05")
	}
	return t.Format(time.DateTime)
}

// full is a moment with its day and zone.
func (l look) full(t time.Time) string { return t.In(l.loc).Format("2006-01-02 15:04:05 MST") }

// span is a length of time as a person says it.
func span(d time.Duration) string { return string(render.AppendSpan(nil, d)) }

// parseSpan reads lengths of time as people type them: 24h, 7d, 2w.
func parseSpan(text string) (time.Duration, error) {
	for unit, days := range map[string]int{"d": 1, "w": 7} {
		if n, ok := strings.CutSuffix(text, unit); ok {
			v, err := strconv.ParseUint(n, 10, 16)
			if err == nil && v > 0 {
				return time.Duration(v) * time.Duration(days) * 24 * time.Hour, nil
			}
		}
	}
	if d, err := time.ParseDuration(text); err == nil && d > 0 {
		return d, nil
	}
	return 0, fmt.Errorf("%.40q is no length of time; want one like 30m, 24h, 7d or 2w", text)
}

// parseMoment reads a moment as people type it: how long ago, a date, or a time.
func (l look) parseMoment(text string) (time.Time, error) {
	if d, err := parseSpan(text); err == nil {
		return l.now.Add(-d), nil
	}
	for _, form := range []string{time.RFC3339Nano, time.DateTime, "2006-01-02 15:04", "2006-01-02T15:04", "2006-01-02T15:04:05", time.DateOnly} {
		if t, err := time.ParseInLocation(form, text, l.loc); err == nil {
			return t, nil
		}
	}
	return time.Time{}, fmt.Errorf("%.40q is no moment; want one like 24h or 7d (ago), 2026-11-24, \"2026-11-24 15:04\" or 2026-11-24T15:04:05Z", text)
}

// moment is a flag.Value.
type moment struct {
	look look
	time.Time
}

// Set implements flag.Value.
func (m *moment) Set(text string) (err error) {
	m.Time, err = m.look.parseMoment(text)
	return err
}

// String implements flag.Value.
func (m *moment) String() string { return m.Format(time.RFC3339) }

// length is a flag.Value.
type length time.Duration

// Set implements flag.Value.
func (d *length) Set(text string) error {
	v, err := parseSpan(text)
	*d = length(v)
	return err
}

// String implements flag.Value.
func (d *length) String() string { return time.Duration(*d).String() }

// amount is a number with its noun.
func amount[N ~int | ~uint64 | ~int64](n N, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return render.Grouped(n) + " " + many
}

// size is a number of bytes as a person says it.
func size(n int64) string {
	switch {
	case n < 1<<10:
		return strconv.FormatInt(n, 10) + " B"
	case n < 1<<20:
		return strconv.FormatInt(n>>10, 10) + " KiB"
	case n < 1<<30:
		return strconv.FormatFloat(float64(n)/(1<<20), 'f', 1, 64) + " MiB"
	}
	return strconv.FormatFloat(float64(n)/(1<<30), 'f', 1, 64) + " GiB"
}

// per is a number per second.
func per(v float64) string {
	switch {
	case v >= 100:
		return render.Grouped(uint64(v))
	case v >= 10:
		return strconv.FormatFloat(v, 'f', 0, 64)
	case v > 0 && v < 0.1:
		return "below 0.1"
	}
	return strconv.FormatFloat(v, 'f', 1, 64)
}

// oneIn says how rare something is, no more exactly than anybody knows.
func oneIn(chance float64) string {
	switch {
	case chance < 1e-9:
		return "less than one case in a billion"
	case chance < 1:
		return "one case in " + render.Grouped(uint64(math.Round(1/chance)))
	}
	return "any case"
}

// safe is raw text made safe for a terminal.
func safe(s string, most int) string { return string(render.AppendText(nil, []byte(s), most)) }

// shown is text that klaxond made safe, made sure of: who answers may not be one.
func shown(s string) string {
	ok := true
	for i := range len(s) {
		ok = ok && s[i] >= ' ' && s[i] <= '~'
	}
	if ok {
		return s
	}
	return safe(s, len(s))
}

// writeJSON writes one object a line. What is in it is printable ASCII but for
// what a klaxond that is none may have sent.
func (q *question) writeJSON(v any) error {
	line, err := json.Marshal(v)
	if err != nil {
		return err
	}
	for _, c := range line {
		if c < ' ' || c > '~' {
			return fmt.Errorf("the answer has bytes in it that klaxond does not write")
		}
	}
	q.out.Write(line)
	return q.out.WriteByte('\n')
}
