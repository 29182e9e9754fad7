package mail

import (
	"context"
	"sync"
	"time"
)

// late has the mails that a server took for some of their receivers and not yet for
// others: it greylists, or a mailbox is full. They are tried again by themselves, so
// that nobody else's mail waits for them. They outlive the process by
// themselves (see Keep): what was told to somebody is not told again for the sake of
// others.
type late struct {
	again func(context.Context, []byte, []string) receivers
	life  context.Context
	end   context.CancelFunc
	keep  func([]byte) // nil: they are in memory alone

	mu      sync.Mutex
	letters []*letter
	notes   []string // of those that were given up, for the next mail to tell
	work    sync.WaitGroup
	closed  bool
}

// letter is a mail that is late.
type letter struct {
	text  []byte
	to    []string
	since time.Time
	tries int
	timer *time.Timer
}

func newLate(again func(context.Context, []byte, []string) receivers) *late {
	l := &late{again: again}
	l.life, l.end = context.WithCancel(context.Background())
	return l
}

// add keeps a mail for receivers, unless there are none.
func (l *late) add(text []byte, to []string, now time.Time) {
	if len(to) == 0 {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return
	}
	if len(l.letters) == maxLate {
		l.giveUp(l.letters[0])
	}
	m := &letter{text: text, to: to, since: now}
	l.letters = append(l.letters, m)
	l.wait(m)
	l.save()
}

func (l *late) wait(m *letter) {
	m.timer = time.AfterFunc(min(lateAfter<<m.tries, lateMost), func() { l.try(m) })
}

// try sends a letter to those who did not get it.
func (l *late) try(m *letter) {
	l.mu.Lock()
	if l.closed || m.to == nil {
		l.mu.Unlock()
		return
	}
	to := m.to
	l.work.Add(1)
	l.mu.Unlock()
	defer l.work.Done()
	ctx, cancel := context.WithTimeout(l.life, patience)
	defer cancel()
	r := l.again(ctx, m.text, to)
	l.mu.Lock()
	defer l.mu.Unlock()
	if m.to == nil { // given up meanwhile
		return
	}
	l.remember(r.missed...)
	m.to = r.later
	switch m.tries++; {
	case len(m.to) == 0:
		l.drop(m)
	case time.Since(m.since) > lateFor:
		l.giveUp(m)
	case !l.closed:
		l.wait(m)
	}
	if l.life.Err() == nil {
		l.save()
	}
}

// giveUp has the next mail tell whom this one did not reach.
func (l *late) giveUp(m *letter) {
	for _, to := range m.to {
		l.remember("A mail of " + m.since.UTC().Format(time.RFC3339) + " did not reach " + to + ": the server did not take it for hours, or too many waited")
	}
	m.timer.Stop()
	l.drop(m)
}

// note keeps lines for the next mail.
func (l *late) note(lines ...string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.remember(lines...)
}

func (l *late) remember(lines ...string) {
	l.notes = append(l.notes, lines...)
	l.notes = l.notes[max(len(l.notes)-maxLate, 0):]
}

func (l *late) drop(m *letter) {
	m.to = nil
	for i, other := range l.letters {
		if other == m {
			l.letters = append(l.letters[:i], l.letters[i+1:]...)
			return
		}
	}
}

// given returns and clears what is to be told.
func (l *late) given() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	notes := l.notes
	l.notes = nil
	return notes
}

func (l *late) close() {
	l.mu.Lock()
	l.closed = true
	for _, m := range l.letters {
		m.timer.Stop()
	}
	l.mu.Unlock()
	l.end()
	l.work.Wait()
}

// again sends a mail that is late, and returns who still has not got it.
func (s *Sink) again(ctx context.Context, text []byte, to []string) receivers {
	c, err := s.connect(ctx)
	if err != nil {
		return receivers{later: to}
	}
	defer c.close()
	r, err := s.envelope(c, to)
	switch {
	case err != nil && len(r.later)+len(r.missed) < len(to): // of the sender
		return receivers{later: to}
	case err != nil:
		return r
	}
	if err := c.data(text); err != nil {
		return receivers{later: to}
	}
	c.quit()
	return r
}
