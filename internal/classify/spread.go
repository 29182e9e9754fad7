package classify

import "klaxon/internal/track"

// spread is how the contacts of a source are distributed: by target and by
// service, with the evidence of each.
type spread struct {
	hosts, services groups
	tuples          int
	raw             int // contacts of no operating system
	answered        int // evidence that is all about services that answered
	positive        int // contacts that are evidence for a scan
}

// group sums up the contacts with one target, or with one service.
type group struct {
	first                             *track.Note
	evidence, credit                  track.Weight // the sums of what speaks for a scan, and against
	refused, silent, success, illegal int
}

// groups is a list of the at most 64 that a history can hold.
type groups struct {
	all [64]group
	n   int
}

// reset makes s the spread of notes.
func (s *spread) reset(notes []track.Note) {
	s.hosts.n, s.services.n = 0, 0
	s.tuples, s.raw, s.answered, s.positive = 0, 0, 0, 0
	for i := range notes {
		n := &notes[i]
		s.tuples++
		if n.Raw {
			s.raw++
		}
		if n.Weight > 0 {
			s.positive++
			if n.Outcome == track.Empty || n.Outcome == track.HalfOpen {
				s.answered++
			}
		}
		s.hosts.add(n, sameHost)
		s.services.add(n, sameService)
	}
}

func sameHost(a, b *track.Note) bool { return a.Dst == b.Dst }

func sameService(a, b *track.Note) bool {
	return a.Port == b.Port && transportOf(a.Method) == transportOf(b.Method)
}

func (g *groups) add(n *track.Note, same func(a, b *track.Note) bool) {
	for i := range g.n {
		if same(g.all[i].first, n) {
			g.all[i].add(n)
			return
		}
	}
	if g.n < len(g.all) {
		g.all[g.n] = group{first: n}
		g.all[g.n].add(n)
		g.n++
	}
}

func (g *group) add(n *track.Note) {
	g.evidence += max(track.Weight(n.Weight), 0)
	g.credit += min(track.Weight(n.Weight), 0)
	switch n.Outcome {
	case track.Refused:
		g.refused++
	case track.Silent, track.Dark:
		g.silent++
	case track.Success:
		g.success++
	case track.Illegal:
		g.illegal++
	}
}

// sum is the walk over the contacts of a group; asleep says that its silence is
// explained by hosts that are merely asleep: where a source succeeds, silence
// must outnumber success three to one.
func (g *group) sum() track.Weight { return g.evidence + g.credit }

func (g *group) asleep() bool { return g.silent > g.refused && g.silent <= 3*g.success }

// bestHost is the most evidence with one target.
func (s *spread) bestHost() (best track.Weight) {
	for i := range s.hosts.n {
		if g := &s.hosts.all[i]; !g.asleep() {
			best = max(best, g.sum())
		}
	}
	return best
}

// bestService is the most evidence with one service. Its successes are those of
// the source's whole life, for the history forgets them first.
func (s *spread) bestService(v track.View) (best track.Weight) {
	for i := range s.services.n {
		g := &s.services.all[i]
		wins := max(v.Wins(g.first.Port), g.success)
		g.success, g.credit = wins, -failure*track.Weight(wins)
		if !g.asleep() {
			best = max(best, g.sum())
		}
	}
	return best
}

// failure is what a failure weighs, and a success less than nothing: ln 4.
const failure track.Weight = 1386

// scattered tells contacts without any order, each with another service of
// another host, as peers of a file sharing network make them. A scan of a block
// soon comes back to a host, or to a service.
func (s *spread) scattered() bool {
	return s.tuples >= 8 && s.hosts.n*4 > s.tuples*3 && s.services.n*4 > s.tuples*3
}
