package wire

import "time"

// clock is the detector's time in a daemon: it goes forward by itself, at the
// pace of the machine's monotonic clock, whatever is done to the one on the wall.
// Packets and touches are stamped by the wall, and shift leads from there to the
// detector's time; when the wall is set by more than stepMin, shift changes and
// nothing else does, so that no evidence grows old in a moment and no alarm
// freezes until the wall is back where it was. It is owned by one goroutine.
type clock struct {
	wall  func() int64 // ns since 1970, as it is set
	mono  func() int64 // ns, only ever forward
	base  int64        // what the wall said when mono was 0
	shift int64        // from the wall's time to the detector's

	told func(step time.Duration) // of the wall, forward when positive
}

func newClock(told func(time.Duration)) *clock {
	start := time.Now()
	return &clock{
		wall: func() int64 { return time.Now().UnixNano() },
		mono: func() int64 { return int64(time.Since(start)) },
		base: start.UnixNano(), told: told,
	}
}

func (c *clock) now() int64 { return c.base + c.mono() }

// check looks whether the wall was set, and is true when it was.
func (c *clock) check() bool {
	shift, ok := c.apart()
	if !ok || abs(shift-c.shift) < int64(stepMin) {
		return false
	}
	step := time.Duration(c.shift - shift)
	c.shift = shift
	c.told(step)
	return true
}

// apart reads both clocks at one moment, as far as that can be had: a process
// that stood still in between must not take that for a step.
func (c *clock) apart() (shift int64, ok bool) {
	for range 3 {
		before := c.now()
		wall := c.wall()
		if after := c.now(); after-before < int64(time.Millisecond) {
			return before - wall, true
		}
	}
	return 0, false
}

// of turns a stamp of the wall's into the detector's time. A stamp that lies far
// from now, the latest time so far, may be of a wall that was set, so that is
// looked at first; what remains odd is drawn to what is possible.
func (c *clock) of(stamp, now int64) int64 {
	if at := stamp + c.shift; abs(at-now) < int64(stepMin) {
		return at
	}
	c.check()
	return min(max(stamp+c.shift, now), max(c.now(), now))
}

func abs(n int64) int64 { return max(n, -n) }
