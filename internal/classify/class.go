package classify

import "klaxon/internal/track"

// class is what a source is by all that it does. The walk over all contacts
// believes that an honest source succeeds in 80 of 100, which is true of a
// stranger; of the others it is not, and one that succeeds in 50 of 100 would be
// accused once in 170 contacts. Them the walks for single hosts and services
// judge alone, which their other contacts do not touch.
type class uint8

const (
	stranger class = iota
	regular        // succeeds as often as it fails: a crawler, a proxy, a shared address
	sleepy         // fails by silence, and succeeds with a third of the rest: what it looks for is often asleep
	peer           // each contact with another service of another host: a peer of a file sharing network
)

func classOf(v track.View, s *spread) class {
	switch {
	case v.Succeeded > 0 && v.Succeeded >= v.Failed+v.Illegals:
		return regular
	case v.Unheard > v.Failed/2 && v.Unheard <= 3*v.Succeeded:
		return sleepy
	case s.scattered() && s.raw*2 < s.tuples:
		return peer
	}
	return stranger
}
