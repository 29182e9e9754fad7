package pipeline

import (
	"net/netip"
	"time"

	"klaxon"
)

// Proof classes. Each spends a budget of its own, so that who forges addresses
// can hold back only what is no better proven: a spoofed flood from outside holds
// back neither a neighbour, whose frames came over our own link, nor anybody who
// finished a handshake.
const (
	unproven = iota
	onLink
	proven
	urgent // of alarms: proven, and of the highest severity
	classes
)

func classOf(p klaxon.Proof) int {
	switch {
	case p >= klaxon.ProofHandshake:
		return proven
	case p == klaxon.ProofOnLink:
		return onLink
	}
	return unproven
}

// urgentFrom is the severity of what comes from inside, or comes back to use what it
// found: it must not wait behind any number of strangers with real addresses.
const urgentFrom = 5

// classOfAlarm is the class of what people are told. Every process of this host has
// 16 million addresses of its own to be proven from, and is one stranger.
func classOfAlarm(a *klaxon.Alarm) int {
	switch {
	case a.Zone == klaxon.ZoneLoopback:
		return unproven
	case a.Severity >= urgentFrom && a.Proof >= klaxon.ProofHandshake && (a.Event == klaxon.EventOpen || a.Event == klaxon.EventUpdate):
		return urgent
	}
	return classOf(a.Proof)
}

type limits struct {
	perSource rate
	class     [classes]rate
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

// take takes a token, if there is one.
func (b *bucket) take(r rate, now int64) bool {
	b.refill(r, now)
	if b.tokens < 1 {
		return false
	}
	b.tokens--
	return true
}

// gate decides what one kind of sink gets to see, and counts the rest exactly.
// It is owned by one goroutine.
type gate struct {
	limits  limits
	class   [classes]bucket
	held    uint64    // records held back since the last report
	since   time.Time // when held became non-zero
	heavy   netip.Addr
	heavyBy int64 // majority vote over held records (Boyer and Moore 1981)
}

func newGate(l limits, now int64) *gate {
	g := &gate{limits: l}
	for c := range g.class {
		g.class[c] = l.class[c].full(now)
	}
	return g
}

// pass takes a token for one record from its source's bucket, if it has one, and
// from its class's, or none and then the record is to be held back.
func (g *gate) pass(src *bucket, class int, now int64) bool {
	c := &g.class[class]
	c.refill(g.limits.class[class], now)
	if src != nil {
		src.refill(g.limits.perSource, now)
	}
	if c.tokens < 1 || src != nil && src.tokens < 1 {
		return false
	}
	c.tokens--
	if src != nil {
		src.tokens--
	}
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
