// Package enrich asks what only the other side can tell of a touch: the ident
// claim for its connection and the name of its address. It asks for sources
// alone that have proven their address, within limits that hold over all of
// them; a touch that cannot be asked about goes on at once, as it is.
package enrich

import (
	"context"
	"net/netip"
	"sync"
	"time"

	"klaxon"
	"klaxon/internal/ident"
	"klaxon/internal/services/grade"
)

// Conn is the connection of a touch, kept open while a query needs it.
type Conn interface {
	FD() int
	Close() error
}

// Config says what is asked. A nil func is not asked.
type Config struct {
	// Ident tells whether the source of this touch may be asked at all; the
	// rules of internal/ident come on top.
	Ident        func(*klaxon.Touch) bool
	IdentTimeout time.Duration // 0: the default of internal/ident
	Names        func(context.Context, netip.Addr) (string, bool)
	Deliver      func(*klaxon.Touch) // takes every touch, once; safe for concurrent use
}

// Enricher is safe for concurrent use. Use New.
type Enricher struct {
	cfg  Config
	ctx  context.Context
	stop context.CancelFunc
	wg   sync.WaitGroup

	mu     sync.Mutex
	open   int // queries under way
	tokens float64
	filled time.Time
	known  map[netip.Addr]*memory
	swept  time.Time // when known was last swept
}

// memory is what is known of one source. Times are monotonic.
type memory struct {
	asked   time.Time // of the last ident query; zero: never
	named   time.Time // of the last name look-up; zero: never
	name    string    // valid only when named is set; "" for none
	looking bool      // a look-up is under way
}

// New returns an Enricher that is ready.
func New(cfg Config) *Enricher {
	ctx, stop := context.WithCancel(context.Background())
	return &Enricher{cfg: cfg, ctx: ctx, stop: stop, tokens: burst, filled: time.Now(), known: map[netip.Addr]*memory{}}
}

// Close abandons the queries under way, delivers their touches as they are,
// and returns when all have been delivered.
func (e *Enricher) Close() {
	e.stop()
	e.wg.Wait()
}

// Offer takes a touch and, for a stream, its connection, which it closes. It
// never blocks. t is copied.
func (e *Enricher) Offer(t *klaxon.Touch, c Conn) {
	plan := e.plan(t, c)
	if !plan.ident && !plan.name {
		closeConn(c)
		e.cfg.Deliver(t)
		return
	}
	touch := *t
	e.wg.Go(func() {
		e.ask(&touch, c, plan)
		e.cfg.Deliver(&touch)
	})
}

// plan is what is to be asked about one touch.
type plan struct{ ident, name bool }

func (e *Enricher) plan(t *klaxon.Touch, c Conn) (p plan) {
	if t.Transport != klaxon.TCP || t.Proof < klaxon.ProofHandshake {
		return p
	}
	wantIdent := c != nil && e.cfg.Ident != nil && e.cfg.Ident(t) && e.identAllowed(t) && ident.Alive(c.FD())
	if !wantIdent && e.cfg.Names == nil {
		return p
	}
	now := time.Now()
	e.mu.Lock()
	defer e.mu.Unlock()
	m := e.remember(t.Source.Addr, now)
	if m == nil {
		return p
	}
	if now.Sub(m.named) < nameKept && !m.named.IsZero() {
		t.Source.Name = m.name
	} else {
		p.name = e.cfg.Names != nil && !m.looking
	}
	p.ident = wantIdent && (m.asked.IsZero() || now.Sub(m.asked) >= identAgain)
	if !p.ident && !p.name || !e.take(now) {
		return plan{}
	}
	if p.ident {
		m.asked = now
	}
	m.looking = m.looking || p.name
	return p
}

func (e *Enricher) identAllowed(t *klaxon.Touch) bool {
	ok, _ := ident.Allowed(query(t, 0), grade.Of(t.Transport, t.Target.Port), false)
	return ok
}

func query(t *klaxon.Touch, timeout time.Duration) ident.Query {
	return ident.Query{
		Local:   netip.AddrPortFrom(t.Target.Addr, t.Target.Port),
		Remote:  netip.AddrPortFrom(t.Source.Addr, t.Source.Port),
		Timeout: timeout,
	}
}

// remember returns the memory of a source, or nil when there is no room.
func (e *Enricher) remember(addr netip.Addr, now time.Time) *memory {
	if m := e.known[addr]; m != nil {
		return m
	}
	if len(e.known) >= memoryCap && now.Sub(e.swept) >= sweepEvery {
		e.sweep(now)
	}
	if len(e.known) >= memoryCap {
		return nil
	}
	m := &memory{}
	e.known[addr] = m
	return m
}

// sweep forgets sources of whom nothing fresh is known.
func (e *Enricher) sweep(now time.Time) {
	e.swept = now
	for a, m := range e.known {
		if !m.looking && now.Sub(m.asked) >= identAgain && now.Sub(m.named) >= nameKept {
			delete(e.known, a)
		}
	}
}

// take books one query, if the limits allow it.
func (e *Enricher) take(now time.Time) bool {
	e.tokens = min(burst, e.tokens+now.Sub(e.filled).Seconds()*perSecond)
	e.filled = now
	if e.open >= inFlight || e.tokens < 1 {
		return false
	}
	e.tokens--
	e.open++
	return true
}

func (e *Enricher) ask(t *klaxon.Touch, c Conn, p plan) {
	if p.ident {
		t.Ident = e.askIdent(t)
	}
	closeConn(c)
	name, found := "", false
	if p.name {
		name, found = e.cfg.Names(e.ctx, t.Source.Addr)
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.open--
	if !p.name {
		return
	}
	m := e.known[t.Source.Addr]
	m.looking = false
	m.named = time.Now()
	if found {
		m.name, t.Source.Name = name, name
	}
}

func (e *Enricher) askIdent(t *klaxon.Touch) *klaxon.Ident {
	unlock, ok := ident.Lock(t.Source.Addr)
	if !ok {
		return nil
	}
	defer unlock()
	answer := ident.Ask(e.ctx, query(t, e.cfg.IdentTimeout))
	return &answer
}

func closeConn(c Conn) {
	if c != nil {
		c.Close()
	}
}
