package plot

import (
	"math"
	"time"
)

// span is the time a picture shows.
type span struct{ from, to int64 } // ns, from < to

// x returns where a time stands, from 0 to 1.
func (s span) x(at int64) float64 {
	at = min(max(at, s.from), s.to)
	return float64(uint64(at)-uint64(s.from)) / s.length()
}

func (s span) length() float64 { return float64(uint64(s.to) - uint64(s.from)) }

// around returns a span with room at both sides, for marks that step aside, and
// never without length.
func around(from, to int64) span {
	length := uint64(to) - uint64(from)
	room := length / 24
	switch {
	case length <= 2<<shiftMin:
		room = uint64(momentSpan) / 2
	case length < uint64(spanMin):
		room = (uint64(spanMin) - length) / 2
	}
	return span{before(from, room), after(to, room)}
}

func before(at int64, d uint64) int64 {
	if d > uint64(at)-1<<63 { // how far the smallest number is away
		return math.MinInt64
	}
	return at - int64(d)
}

func after(at int64, d uint64) int64 {
	if d > math.MaxInt64-uint64(at) {
		return math.MaxInt64
	}
	return at + int64(d)
}

// layout returns how moments of the span are written so that they differ.
func (s span) layout() string {
	if s.length() < float64(10*time.Second) {
		return time.DateTime + ".000"
	}
	return time.DateTime
}

const day = 24 * time.Hour

// tickSteps are the distances of ticks that people count in.
var tickSteps = [...]time.Duration{
	100 * time.Microsecond, 200 * time.Microsecond, 500 * time.Microsecond,
	time.Millisecond, 2 * time.Millisecond, 5 * time.Millisecond,
	10 * time.Millisecond, 20 * time.Millisecond, 50 * time.Millisecond,
	100 * time.Millisecond, 200 * time.Millisecond, 500 * time.Millisecond,
	time.Second, 2 * time.Second, 5 * time.Second, 10 * time.Second, 15 * time.Second, 30 * time.Second,
	time.Minute, 2 * time.Minute, 5 * time.Minute, 10 * time.Minute, 15 * time.Minute, 30 * time.Minute,
	time.Hour, 2 * time.Hour, 3 * time.Hour, 6 * time.Hour, 12 * time.Hour,
	day, 2 * day, 5 * day, 10 * day, 20 * day, 50 * day, 100 * day, 200 * day,
	500 * day, 1000 * day, 2000 * day, 5000 * day, 10000 * day, 20000 * day,
}

// ticksMax keeps labels of 15 characters apart on the width of the picture.
const ticksMax = 8

// tick is a time named on the axis. date is "" when it is that of the tick
// before, or is in the label.
type tick struct {
	at          int64
	label, date string
}

func (s span) ticks() []tick {
	step := tickSteps[len(tickSteps)-1]
	for _, d := range tickSteps {
		if s.length()/float64(d) <= ticksMax {
			step = d
			break
		}
	}
	var list []tick
	date := ""
	for at := s.firstTick(int64(step)); at <= s.to; at += int64(step) {
		t := tick{at: at, label: stamp(at, layoutOf(step))}
		if d := stamp(at, time.DateOnly); step < day && d != date {
			t.date, date = d, d
		}
		list = append(list, t)
		if at > math.MaxInt64-int64(step) {
			break
		}
	}
	return list
}

// firstTick returns the first multiple of step in the span.
func (s span) firstTick(step int64) int64 {
	at := s.from - s.from%step
	if at < s.from {
		at += step
	}
	return at
}

// layoutOf returns how a time is written that is a multiple of step.
func layoutOf(step time.Duration) string {
	switch {
	case step >= day:
		return time.DateOnly
	case step >= time.Minute:
		return "15:04"
	case step >= time.Second:
		return time.TimeOnly
	case step >= time.Millisecond:
		return "15:04:05.000"
	}
	return "15:04:05.000000"
}

func stamp(at int64, layout string) string { return time.Unix(0, at).UTC().Format(layout) }
