package sqlite

import "time"

// clock notices when the time of day leaps, by the monotonic clock beside it.
// Then nothing is forgotten for its age until somebody had a day to look.
type clock struct {
	last  time.Time
	until time.Time // nothing is forgotten for its age before; monotonic
}

// begin starts at an opening. A clock far from the newest record may be wrong,
// or the machine was off for long: both can wait.
func (c *clock) begin(now, newest time.Time) {
	c.last = now
	if !newest.IsZero() && apart(now, newest) > clockLeap {
		c.until = now.Add(clockHold)
	}
}

// trusted tells whether ages may be believed.
func (c *clock) trusted(now time.Time) bool {
	wall := now.Round(0).Sub(c.last.Round(0)) // Round strips the monotonic reading
	ran := now.Sub(c.last)
	if (wall - ran).Abs() > clockLeap {
		c.until = now.Add(clockHold)
	}
	c.last = now
	return !now.Before(c.until)
}

func apart(a, b time.Time) time.Duration { return a.Sub(b).Abs() }
