package pipeline

import "time"

// Held is what budgets held back, and what nobody was told yet: at latest after
// reportEvery they are.
type Held struct {
	Keep   Missed `json:"keep"`   // of sinks that keep
	Notify Missed `json:"notify"` // of those that notify
}

// Missed is a number of records, and when the first was.
type Missed struct {
	Count uint64    `json:"count"`
	Since time.Time `json:"since"`
}

// heldNow is what is not told yet.
func (p *Pipeline) heldNow() Held { return Held{p.keep.missed(), p.notify.missed()} }

func (g *gate) missed() Missed {
	if g.held == 0 {
		return Missed{}
	}
	return Missed{g.held, g.since}
}

// owe has a gate tell of what a run before held back.
func (g *gate) owe(m Missed) { g.held, g.since = m.Count, m.Since }
