package classify

import (
	"cmp"
	"slices"

	"klaxon/internal/track"
)

// A person who tries services of a host by hand chooses a few, in no order that a
// program has, and thinks or reads in between, now longer, now shorter.
const (
	handServices = 4
	handPauseMin = 1e9   // ns; a program is faster
	handPauseMax = 600e9 // ns; what comes back after that is another visit
	handUneven   = 2     // the longest pause is so many times the shortest: a program waits evenly
)

// Aimed tells whether the contacts of a source look as made by hand.
func Aimed(v track.View) bool {
	order := inOrder(v.Notes)
	if len(order) < handServices {
		return false
	}
	up, down := 0, 0
	shortest, longest := int64(handPauseMax), int64(0)
	for i := 1; i < len(order); i++ {
		pause := order[i].At - order[i-1].At
		shortest, longest = min(shortest, pause), max(longest, pause)
		if order[i].Port > order[i-1].Port {
			up++
		} else {
			down++
		}
	}
	return up > 0 && down > 0 && shortest >= handPauseMin && longest <= handPauseMax && longest >= handUneven*shortest
}

// inOrder lists the first contact with each service of each host, by time.
func inOrder(notes []track.Note) (list []track.Note) {
	for i := range notes {
		if withPort(notes[i].Method) {
			list = append(list, notes[i])
		}
	}
	slices.SortStableFunc(list, func(a, b track.Note) int { return cmp.Compare(a.At, b.At) })
	n := 0
	for i := range list {
		again := slices.ContainsFunc(list[:n], func(x track.Note) bool {
			return x.Dst == list[i].Dst && x.Port == list[i].Port && transportOf(x.Method) == transportOf(list[i].Method)
		})
		if !again {
			list[n] = list[i]
			n++
		}
	}
	return list[:n]
}

func withPort(m track.Method) bool { return transportOf(m) != 0 }
