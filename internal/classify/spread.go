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
	sum                               track.Weight
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
	g.sum += track.Weight(n.Weight)
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

// best is the group with the most evidence that is not explained by hosts that
// are merely asleep: where a source succeeds, silence must outnumber success
// three to one.
func (g *groups) best() (b group) {
	for i := range g.n {
		e := &g.all[i]
		if e.silent > e.refused && e.silent <= 3*e.success {
			continue
		}
		if e.sum > b.sum {
			b = *e
		}
	}
	return b
}

// scattered tells contacts without any order, each with another service of
// another host, as peers of a file sharing network make them. A scan of a block
// soon comes back to a host, or to a service.
func (s *spread) scattered() bool {
	return s.tuples >= 8 && s.hosts.n*4 > s.tuples*3 && s.services.n*4 > s.tuples*3
}
