package chain

import "sync"

// Log writes what a store says of its chains to where anchors go. Use NewLog.
//
// Whoever verifies takes it that what was forgotten was announced between two anchors,
// and lines are lost, change places and are cut off. So a prune is announced twice, with
// an anchor between, for some daemons fold lines that repeat; and once more before the
// next anchor, for lines are lost in numbers.
type Log struct {
	write func(line string) error

	mu   sync.Mutex
	said int             // announcements
	last map[Name]Anchor // of each chain the anchor that was written last
	owed map[Name]Anchor // and the announcement, which is written again
}

// NewLog returns a Log that writes lines with a function.
func NewLog(write func(line string) error) *Log {
	return &Log{write: write, last: make(map[Name]Anchor), owed: make(map[Name]Anchor)}
}

// Announce writes what is about to be pruned, and tells whether that was taken.
func (l *Log) Announce(a Anchor) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.said++
	l.owed[a.Chain] = a
	if l.write(a.String()) != nil {
		return false
	}
	if last, ok := l.last[a.Chain]; !ok || l.write(last.String()) == nil {
		_ = l.write(a.String()) // the first was taken
	}
	return true
}

// Anchor writes heads, those that are new. What is not taken is tried again the next
// time.
func (l *Log) Anchor(heads func() []Anchor) {
	now := l.taken(heads)
	defer l.mu.Unlock()
	for of, a := range l.owed { // these have it behind them
		if l.write(a.String()) != nil {
			return
		}
		delete(l.owed, of)
	}
	for _, a := range now {
		if a.String() == l.last[a.Chain].String() {
			continue
		}
		if l.write(a.String()) != nil {
			return
		}
		l.last[a.Chain] = a
	}
}

// taken are heads since which nothing was announced, nor is until the lock is given back.
// One from before that, written behind it, would belie it.
func (l *Log) taken(heads func() []Anchor) []Anchor {
	for {
		l.mu.Lock()
		said := l.said
		l.mu.Unlock() // whoever announces holds what heads waits for
		now := heads()
		l.mu.Lock()
		if l.said == said {
			return now
		}
		l.mu.Unlock()
	}
}
