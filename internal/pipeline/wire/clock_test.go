package wire

import (
	"testing"
	"time"
)

const year = int64(365 * 24 * time.Hour)

// hands is a pair of clocks that a test turns.
type hands struct{ wall, mono int64 }

func (h *hands) clock(steps *[]time.Duration) *clock {
	h.wall = start
	return &clock{
		wall: func() int64 { return h.wall }, mono: func() int64 { return h.mono }, base: start,
		told: func(by time.Duration) { *steps = append(*steps, by) },
	}
}

func (h *hands) pass(d time.Duration) {
	h.wall += int64(d)
	h.mono += int64(d)
}

// TestClockIsSet: a year forward, and back again, the detector's time goes on by
// seconds, and each step is told once.
func TestClockIsSet(t *testing.T) {
	var h hands
	var steps []time.Duration
	c := h.clock(&steps)
	now := int64(start)
	stamp := func(want int64) {
		t.Helper()
		h.pass(time.Second)
		if now = c.of(h.wall, now); now != start+want*int64(time.Second) {
			t.Fatalf("after %d s the detector's time is %v", want, time.Duration(now-start))
		}
	}
	stamp(1)
	h.wall += year
	stamp(2)
	stamp(3)
	stale := h.wall - year // of a packet that waited in the ring
	if at := c.of(stale, now); at != now {
		t.Errorf("a stamp from before the step is %v off", time.Duration(at-now))
	}
	h.wall -= 2 * year
	stamp(4)
	h.wall += int64(time.Second) // a drift
	if at := c.of(h.wall, now); at != now+int64(time.Second) || c.check() {
		t.Errorf("a second more is taken for a step: %v", time.Duration(at-now))
	}
	if len(steps) != 2 || steps[0] != time.Duration(year) || steps[1] != time.Duration(-2*year) {
		t.Errorf("told %v", steps)
	}
}

// TestStampsThatMakeNoSense: whatever a stamp says, the time does not leave what
// is possible, and no step is told that was none.
func TestStampsThatMakeNoSense(t *testing.T) {
	var h hands
	var steps []time.Duration
	c := h.clock(&steps)
	h.pass(10 * time.Second)
	now := int64(start) + int64(5*time.Second)
	for _, stamp := range []int64{0, 1, start - year, start + year, 1 << 62} {
		if at := c.of(stamp, now); at < now || at > c.now() {
			t.Errorf("a stamp of %d is taken for %v", stamp, time.Duration(at-start))
		}
	}
	if len(steps) != 0 {
		t.Errorf("told %v", steps)
	}
}

// TestClockOfAStandstill: a process that stood still while it read its clocks
// has seen no step.
func TestClockOfAStandstill(t *testing.T) {
	var h hands
	var steps []time.Duration
	c := h.clock(&steps)
	still := 2
	c.wall = func() int64 {
		if still--; still >= 0 {
			h.pass(time.Hour)
			return h.wall - int64(time.Hour)
		}
		return h.wall
	}
	if c.check() || len(steps) != 0 {
		t.Errorf("told %v", steps)
	}
}
