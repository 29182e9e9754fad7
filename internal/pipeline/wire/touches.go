package wire

import (
	"slices"
	"sync"
	"sync/atomic"

	"klaxon"
)

// touches is how touches reach the feed, which merges them with the packets by
// time. Putting never blocks; what finds no room is refused, and counted by
// whoever puts. Safe for concurrent use, but for due.
type touches struct {
	count atomic.Int64  // that wait, in fresh and in held
	wake  chan struct{} // there is a fresh one

	mu    sync.Mutex
	fresh []*klaxon.Touch

	held []due // by time; the feed's own
}

// due is a touch with its time in the detector's terms.
type due struct {
	at    int64
	touch *klaxon.Touch
}

func newTouches() *touches { return &touches{wake: make(chan struct{}, 1)} }

func (q *touches) put(t *klaxon.Touch) bool {
	if q.count.Add(1) > touchesMax {
		q.count.Add(-1)
		return false
	}
	q.mu.Lock()
	q.fresh = append(q.fresh, t)
	q.mu.Unlock()
	select {
	case q.wake <- struct{}{}:
	default:
	}
	return true
}

// due returns the touches from up to a time, in their order. Those that waited
// for longer than touchWaits are due whatever the packets' time.
func (q *touches) due(c *clock, upTo int64) []due {
	if q.count.Load() == 0 {
		return nil
	}
	now := c.now()
	q.sort(c, now)
	upTo = max(upTo, now-int64(touchWaits))
	n := 0
	for n < len(q.held) && q.held[n].at <= upTo {
		n++
	}
	if n == 0 {
		return nil
	}
	list := slices.Clone(q.held[:n])
	q.held = slices.Delete(q.held, 0, n)
	q.count.Add(-int64(n))
	return list
}

// sort takes in what is fresh. A stamp from the future, which a stranger to us
// may have made, counts as now.
func (q *touches) sort(c *clock, now int64) {
	q.mu.Lock()
	fresh := q.fresh
	q.fresh = nil
	q.mu.Unlock()
	for _, t := range fresh {
		q.held = append(q.held, due{min(t.Time.UnixNano()+c.shift, now), t})
	}
	if len(fresh) > 0 {
		slices.SortStableFunc(q.held, func(a, b due) int { return int(min(max(a.at-b.at, -1), 1)) })
	}
}
