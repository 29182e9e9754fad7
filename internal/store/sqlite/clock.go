package sqlite

import "time"

// clock notices when the time of day leaps, by how long the process has run.
// Then nothing is forgotten for its age until somebody had a day to look.
type clock struct {
	day   time.Time     // the time of day when it was asked last
	ran   time.Duration // and how long the process had run then
	until time.Duration // nothing is forgotten for its age before
}

// begin starts at an opening. A clock far from the newest record may be wrong,
// or the machine was off for long: both can wait.
func (c *clock) begin(day time.Time, ran time.Duration, newest time.Time) {
	c.day, c.ran = day, ran
	if !newest.IsZero() && day.Sub(newest).Abs() > clockLeap {
		c.until = ran + clockHold
	}
}

// trusted tells whether ages may be believed.
func (c *clock) trusted(day time.Time, ran time.Duration) bool {
	if (day.Sub(c.day) - (ran - c.ran)).Abs() > clockLeap {
		c.until = ran + clockHold
	}
	c.day, c.ran = day, ran
	return ran >= c.until
}
