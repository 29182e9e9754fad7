package classify

import "klaxon/internal/track"

// class is what a source is by all that it does. The walk over all contacts
// believes that an honest source succeeds in 80 of 100. That is true of strangers
// and of regular sources; one that succeeds in 50 of 100 would be accused once in
// 190 contacts (see TestRunLength). Such sources are judged by the walks for
// single hosts and services, which their other contacts do not touch.
type class uint8

const (
	stranger class = iota
	regular        // succeeds in three contacts of four, or more
	mixed          // succeeds as often as it fails: a crawler, a proxy, a shared address
	sleepy         // fails by silence, and succeeds with a third of the rest: what it looks for is often asleep
	peer           // each contact with another service of another host: a peer of a file sharing network, where some answer
)

// servicesMany is how many services of each host on the average are looked for by
// none who fails more often than not, and servicesPeer by no peer: each of those has
// a port of its own, and few share an address.
const (
	servicesMany = 12
	servicesPeer = 3
)

func classOf(v track.View, s *spread) class {
	failed := v.Failed + v.Illegals + v.Traps
	switch {
	case v.Tuples > 64 && v.Succeeded < failed && int(v.Tuples) > servicesMany*v.Targets():
		return stranger
	case v.Succeeded > 0 && v.Succeeded >= 3*failed:
		return regular
	case v.Succeeded > 0 && v.Succeeded >= failed:
		return mixed
	case v.Unheard > v.Failed/2 && v.Unheard <= 3*v.Succeeded:
		return sleepy
	case s.scattered() && s.raw*2 < s.tuples && (v.Tuples <= 64 || v.Succeeded*10 >= v.Tuples && int(v.Tuples) <= servicesPeer*v.Targets()):
		return peer
	}
	return stranger
}

// score is the most evidence found: in the walk over all contacts, with one
// target, or with one service. A regular source that fails with one service now
// and then is judged by the former, which a burst of failures moves at once, and by
// the services that it looks for everywhere.
func score(v track.View, s *spread) track.Weight {
	best := max(v.Link, s.bestHost())
	c := classOf(v, s)
	if c == stranger || c == regular {
		best = max(best, v.Score)
	}
	if c != regular {
		best = max(best, s.bestService(v))
	} else {
		best = max(best, s.sweep(v))
	}
	if wearsOut(v) {
		best = max(best, v.Gross)
	}
	return best
}

// strongMany is how many failures show how they are spread over hosts, and strongEach
// how many of a host, on the average, are more than any client has: one that fails
// as often with a single host is judged by that.
const (
	strongMany = 64
	strongEach = 6
)

// wearsOut tells a source that comes back to the hosts it fails with, for ever
// another service. Its history shows the newest contacts alone, and whatever it
// succeeds with meanwhile is none of theirs.
func wearsOut(v track.View) bool {
	return v.Strong >= strongMany && int(v.Strong) > strongEach*v.Failing()
}
