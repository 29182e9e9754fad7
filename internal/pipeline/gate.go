package pipeline

import (
	"net/netip"
	"time"
)

// Proof classes: a source whose address is not proven spends another budget
// than one that is, so that a spoofed flood can hold back spoofed touches only.
const (
	unproven = 0
	proven   = 1
)

type limits struct {
	perSource rate
	class     [2]rate
}

// bucket is the state of one rate. It is plain data.
type bucket struct {
	tokens float64
	at     int64 // ns, when tokens was true
}

func (r rate) full(now int64) bucket { return bucket{tokens: r.burst, at: now} }

// refill brings the bucket up to now. A clock that stood still or went back
// adds nothing.
func (b *bucket) refill(r rate, now int64) {
	if now > b.at {
		b.tokens = min(r.burst, b.tokens+float64(now-b.at)/1e9*r.perSecond)
		b.at = now
	}
}

// gate decides what one kind of sink gets to see, and counts the rest exactly.
// It is owned by one goroutine.
type gate struct {
	limits  limits
	class   [2]bucket
	held    uint64    // touches held back since the last report
	since   time.Time // when held became non-zero
	heavy   netip.Addr
	heavyBy int64 // majority vote over held touches (Boyer and Moore 1981)
}

func newGate(l limits, now int64) *gate {
	return &gate{limits: l, class: [2]bucket{l.class[unproven].full(now), l.class[proven].full(now)}}
}

// pass takes a token for one touch from its source's bucket and from its
// class's, or none and holds the touch back.
func (g *gate) pass(src *bucket, class int, now int64) bool {
	src.refill(g.limits.perSource, now)
	c := &g.class[class]
	c.refill(g.limits.class[class], now)
	if src.tokens < 1 || c.tokens < 1 {
		return false
	}
	src.tokens--
	c.tokens--
	return true
}

func (g *gate) hold(addr netip.Addr, when time.Time) {
	if g.held == 0 {
		g.since = when
	}
	g.held++
	switch {
	case g.heavyBy == 0:
		g.heavy, g.heavyBy = addr, 1
	case g.heavy == addr:
		g.heavyBy++
	default:
		g.heavyBy--
	}
}

// takeHeld returns and clears what was held back since the last call. The
// source is the one with more than half of it, if there is one.
func (g *gate) takeHeld() (n uint64, since time.Time, heavy netip.Addr) {
	n, since = g.held, g.since
	if g.heavyBy > 0 {
		heavy = g.heavy
	}
	g.held, g.heavy, g.heavyBy = 0, netip.Addr{}, 0
	return n, since, heavy
}
