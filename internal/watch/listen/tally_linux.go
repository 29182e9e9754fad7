package listen

import (
	"sync"
	"sync/atomic"
	"syscall"

	"golang.org/x/sys/unix"
)

// tally is what Counters are read from. Safe for concurrent use.
type tally struct {
	accepted, datagrams, notTouch, lost, reserveUsed atomic.Uint64

	mu     sync.Mutex
	errors map[string]uint64
}

func (t *tally) failed(err error) {
	name := "unknown"
	if errno, ok := err.(syscall.Errno); ok {
		name = unix.ErrnoName(errno)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.errors == nil {
		t.errors = make(map[string]uint64)
	}
	t.errors[name]++
}

// Counters returns what was counted so far. The handler may call it too.
func (s *Set) Counters() Counters {
	t := &s.tally
	c := Counters{
		Accepted:     t.accepted.Load(),
		Datagrams:    t.datagrams.Load(),
		NotTouch:     t.notTouch.Load(),
		Lost:         t.lost.Load(),
		ReserveUsed:  t.reserveUsed.Load(),
		AcceptErrors: make(map[string]uint64),
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	for name, n := range t.errors {
		c.AcceptErrors[name] = n
	}
	return c
}
