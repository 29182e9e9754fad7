package classify

import (
	"encoding/binary"

	"klaxon/internal/track"
)

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
	trapped                           int // with traps of this host
	strong                            int // failures that weigh in full, or nearly
	forgiven                          int // refusals that a success took back
}

// groups is a list of the at most 64 that a history can hold, and a hash table of
// their places in it, which is cheaper than to look through the list for each of
// 64 notes.
type groups struct {
	all   [64]group
	n     int
	slots [128]uint8 // place + 1, 0 for none; half full at most
}

// reset makes s the spread of notes.
func (s *spread) reset(notes []track.Note) {
	s.hosts.n, s.services.n = 0, 0
	clear(s.hosts.slots[:])
	clear(s.services.slots[:])
	s.tuples, s.raw, s.answered, s.positive = 0, 0, 0, 0
	for i := range notes {
		n := &notes[i]
		s.tuples++
		if n.Raw {
			s.raw++
		}
		if n.Weight > 0 {
			s.positive++
			if !n.Trap && (n.Outcome == track.Empty || n.Outcome == track.HalfOpen) {
				s.answered++
			}
		}
		s.hosts.host(n)
		s.services.service(n)
	}
}

// host adds a note to the group of its target.
func (g *groups) host(n *track.Note) {
	h := binary.LittleEndian.Uint64(n.Dst[:8]) ^ binary.LittleEndian.Uint64(n.Dst[8:])
	for i := h * spreading >> 57; ; i = (i + 1) % 128 {
		at := g.slots[i]
		if at == 0 {
			g.begin(i, n)
			return
		}
		if e := &g.all[at-1]; e.first.Dst == n.Dst {
			e.add(n)
			return
		}
	}
}

// service adds a note to the group of its port and transport.
func (g *groups) service(n *track.Note) {
	t := transportOf(n.Method)
	h := uint64(n.Port)<<8 | uint64(t)
	for i := h * spreading >> 57; ; i = (i + 1) % 128 {
		at := g.slots[i]
		if at == 0 {
			g.begin(i, n)
			return
		}
		if e := &g.all[at-1]; e.first.Port == n.Port && transportOf(e.first.Method) == t {
			e.add(n)
			return
		}
	}
}

// spreading is 2^64 over the golden ratio (Knuth, volume 3, section 6.4). Whoever
// chooses his targets so that all fall together makes 64 look-ups of 64.
const spreading = 0x9e3779b97f4a7c15

func (g *groups) begin(slot uint64, n *track.Note) {
	e := &g.all[g.n]
	*e = group{}
	e.first = n
	e.add(n)
	g.n++
	g.slots[slot] = uint8(g.n)
}

func (g *group) add(n *track.Note) {
	g.evidence += max(track.Weight(n.Weight), 0)
	g.credit += min(track.Weight(n.Weight), 0)
	if n.Trap {
		g.trapped++
	}
	if strong(n) {
		g.strong++
	}
	switch n.Outcome {
	case track.Void:
		if n.Method == track.MethodSyn {
			g.forgiven++
		}
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

// failingMany is how many services of one host may fail for ever to be polled
// all the same, and failingHosts how many hosts with one service, unless each was
// asked roundsMany times.
const (
	failingMany  = 5
	failingHosts = 32
	roundsMany   = 16
)

// mostFailing is how many contacts of a group failed, of the one with most.
func (g *groups) mostFailing() (most int) {
	for i := range g.n {
		most = max(most, g.all[i].failed())
	}
	return most
}

// creditMost is how many successes with a host count for a source that fails with
// others of its services: who has a use for two needs no more, and a scanner
// could buy any number. Whoever fails with more than failingFew has no use for the
// host that would explain it, and gets no credit; nor does it sleep. And what he was
// forgiven counts again when there are forgivenFew besides.
const (
	creditMost  = 2
	failingFew  = 2
	forgivenFew = 2
)

// bestHost is the most evidence with one target.
func (s *spread) bestHost() (best track.Weight) {
	for i := range s.hosts.n {
		g := &s.hosts.all[i]
		switch {
		case g.strong > failingFew || g.forgiven > 0 && g.strong >= forgivenFew:
			best = max(best, g.evidence+failure*track.Weight(g.forgiven))
		case !g.asleep():
			best = max(best, g.evidence+max(g.credit, -creditMost*failure))
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
