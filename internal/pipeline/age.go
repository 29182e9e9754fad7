package pipeline

import (
	"fmt"
	"time"
)

// age knows how long the oldest record has waited at least, from two counts: all that
// came before mark was set wait no more when as many went.
type age struct {
	in, out uint64
	mark    uint64
	since   time.Time // when mark was set
}

func (a *age) came(n int, now time.Time) {
	if a.in == a.out {
		a.mark, a.since = a.in+uint64(n), now
	}
	a.in += uint64(n)
}

func (a *age) went(n int, now time.Time) {
	if a.out += uint64(n); a.out >= a.mark {
		a.mark, a.since = a.in, now
	}
}

// late is how long the oldest record has waited, if that is too long. The caller
// holds mu.
func (o *output) late() (waits time.Duration) {
	if o.age.out < o.age.in {
		waits = time.Since(o.age.since)
	}
	if o.doubted() > 0 {
		waits = max(waits, time.Since(o.parked[0].since))
	}
	if o.gone || waits < lateAfter+o.how.Pace+o.how.Linger {
		return 0
	}
	return waits
}

// lateness says so.
func (o *output) lateness(waits time.Duration) string {
	s := fmt.Sprintf("its oldest record waits for %s", waits.Truncate(time.Second))
	switch n := o.doubted(); n {
	case 0:
	case 1:
		s += "; one is put behind, for it took others and not this: " + o.health.why
	default:
		s += fmt.Sprintf("; %d are put behind, for it took others and not these: %s", n, o.health.why)
	}
	return s
}

// doubted is how many records are parked. The caller holds mu, as of loseParked.
func (o *output) doubted() int {
	if o.gone {
		return 0
	}
	return len(o.parked)
}

func (o *output) loseParked(why string, now time.Time) {
	for _, p := range o.parked {
		o.lost.add(why, now, p.record)
	}
}
