package wire

import (
	"cmp"
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
	news  atomic.Bool   // there are fresh ones
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
	q.news.Store(true)
	select {
	case q.wake <- struct{}{}:
	default:
	}
	return true
}

// due returns the touches from up to a time, in their order. If the clock is to be
// asked, those that waited for longer than touchWaits are due as well. It is called
// for each packet, and mostly finds that there is nothing to do.
//
// What it returns is the caller's, who lets go of each touch when it is done: the
// memory is shared with those that wait behind.
func (q *touches) due(c *clock, upTo int64, ask bool) []due {
	if q.news.Swap(false) {
		q.sort(c)
	}
	if len(q.held) == 0 {
		return nil
	}
	if ask {
		upTo = max(upTo, c.now()-int64(touchWaits))
	}
	n := 0
	for n < len(q.held) && q.held[n].at <= upTo {
		n++
	}
	list := q.held[:n:n]
	if q.held = q.held[n:]; len(q.held) == 0 {
		q.held = nil
	}
	q.count.Add(-int64(n))
	return list
}

// sort takes in what is fresh. A stamp from the future, which a stranger to us
// may have made, counts as now. Most come in their order; one that was held up,
// as by a question to its source, is put where it belongs.
func (q *touches) sort(c *clock) {
	q.mu.Lock()
	fresh := q.fresh
	q.fresh = nil
	q.mu.Unlock()
	now := c.now()
	for _, t := range fresh {
		d := due{min(t.Time.UnixNano()+c.shift, now), t}
		if n := len(q.held); n == 0 || q.held[n-1].at <= d.at {
			q.held = append(q.held, d)
			continue
		}
		// Behind those of the same time.
		i, _ := slices.BinarySearchFunc(q.held, d.at+1, func(x due, at int64) int { return cmp.Compare(x.at, at) })
		q.held = slices.Insert(q.held, i, d)
	}
}
