// Package inbox is klaxond's end of the hand-over: a datagram socket to which
// klaxon, run by inetd, sends the touches it has told.
//
// Any local user may write to it, since klaxon may run as nobody. The kernel
// names the sender (SCM_CREDENTIALS): root and user klaxon are believed; what
// anybody else sends is a touch with proof none and the mark relayed, on a
// budget.
package inbox

import (
	"slices"
	"sync/atomic"
	"time"

	"klaxon"
)

// Counters are exact counts since Open.
type Counters struct {
	Believed uint64 // touches from root or klaxon
	Relayed  uint64 // touches from anybody else
	Refused  uint64 // datagrams that hold no touch as klaxon writes it
	HeldBack uint64 // touches of others beyond their budget
}

// counters is Counters as it is kept.
type counters struct{ believed, relayed, refused, heldBack atomic.Uint64 }

func (c *counters) snapshot() Counters {
	return Counters{c.believed.Load(), c.relayed.Load(), c.refused.Load(), c.heldBack.Load()}
}

// judge turns datagrams into touches. It is used by one goroutine.
type judge struct {
	klaxonUID int
	tokens    float64
	filled    time.Time
	counts    counters
}

// take returns the touch in a datagram, nil when there is none to deliver.
func (j *judge) take(b []byte, uid int, now time.Time) *klaxon.Touch {
	t, err := decode(b)
	if err != nil {
		j.counts.refused.Add(1)
		return nil
	}
	// klaxond never writes the frozen line of a touch it was handed, whoever
	// handed it: a forged one must not get a line that filters act on.
	t.Logged = true
	if uid == 0 || uid == j.klaxonUID {
		j.counts.believed.Add(1)
		if t.Time.After(now) || t.Time.Before(now.Add(-lateMost)) {
			t.Time = now
		}
		return t
	}
	if !j.spend(now) {
		j.counts.heldBack.Add(1)
		return nil
	}
	j.counts.relayed.Add(1)
	t.Time, t.Proof = now, klaxon.ProofNone
	t.Marks = append(slices.Clip(t.Marks), klaxon.MarkRelayed)
	return t
}

func (j *judge) spend(now time.Time) bool {
	if j.filled.IsZero() {
		j.tokens = relayedBurst
	}
	j.tokens = min(relayedBurst, j.tokens+now.Sub(j.filled).Seconds()*relayedPerSecond)
	j.filled = now
	if j.tokens < 1 {
		return false
	}
	j.tokens--
	return true
}
