package classify

import "klaxon/internal/track"

// sweepEach is how many hosts a service must fail with to be looked for, and
// sweepMany with how many hosts those services fail together before a regular source
// is judged by them, in its history of 64 notes. They must be a third of all the hosts
// that it ever tried, for a month of honest work meets as many dead addresses among
// ten times as many that live: who knows two hosts for each that he looks at is no
// stranger there. Programs of telephones look for four services of their own, with a
// dozen hosts each, before they take the web's.
const (
	sweepEach  = 16
	sweepMany  = 32
	sweepShare = 3
)

// sweep is the evidence of services that a source fails with on host after host. What
// else it succeeds with does not speak for it, for a scanner may have three
// conversations for every probe; that it found the very service elsewhere does.
func (s *spread) sweep(v track.View) (all track.Weight) {
	if v.Strong < sweepMany {
		return 0
	}
	many := 0
	for i := range s.services.n {
		g := &s.services.all[i]
		if g.strong < sweepEach {
			continue
		}
		g.success = max(v.Wins(g.first.Port), g.success)
		if hosts := failingWith(v.Notes, g.first); hosts >= sweepEach && !g.asleep() {
			many += hosts
			all += failure * track.Weight(max(0, hosts-g.success))
		}
	}
	if many < sweepMany || many*sweepShare < v.Targets() {
		return 0
	}
	return all
}

// failingWith counts the hosts that the service of a note failed with.
func failingWith(notes []track.Note, service *track.Note) int {
	var hosts [64][16]byte
	n := 0
next:
	for i := range notes {
		o := &notes[i]
		if !strong(o) || o.Port != service.Port || transportOf(o.Method) != transportOf(service.Method) {
			continue
		}
		for k := range n {
			if hosts[k] == o.Dst {
				continue next
			}
		}
		hosts[n] = o.Dst
		n++
	}
	return n
}

// strong tells whether a note is of a failure that weighs in full, or nearly.
func strong(n *track.Note) bool {
	failed := n.Trap || n.Outcome == track.Refused || n.Outcome == track.Silent || n.Outcome == track.Dark
	return failed && track.Weight(n.Weight)*4 >= failure*3
}
