package classify

import (
	"klaxon"
	"klaxon/internal/track"
)

// Want is a run of services that somebody wants to be told of, and others not.
type Want struct {
	Transport   klaxon.Transport
	First, Last uint16
}

// SetWants says who wants to be told of what: the first list is the first bit of
// klaxon.Scan's Wanted, and so on, 64 at most. An alarm lists its first targets
// alone, from which nobody could tell whether his were among them.
func (j *Judge) SetWants(lists [][]Want) { j.wants = lists[:min(len(lists), 64)] }

// wanted is a bit for each list that has a target of a source.
func (j *Judge) wanted(v track.View) (bits uint64) {
	for i, list := range j.wants {
		for _, w := range list {
			if probed(v, w) {
				bits |= 1 << i
				break
			}
		}
	}
	return bits
}

func probed(v track.View, w Want) bool {
	in := func(n *track.Note) bool {
		return transportOf(n.Method) == w.Transport && n.Port >= w.First && n.Port <= w.Last
	}
	if v.Touches > 0 && in(&v.Touched) {
		return true
	}
	for i := range v.Notes {
		if in(&v.Notes[i]) {
			return true
		}
	}
	if v.Report == nil {
		return false
	}
	switch w.Transport {
	case klaxon.TCP:
		return anyBit(&v.Report.TCP, int(w.First), int(w.Last))
	case klaxon.UDP:
		return anyBit(&v.Report.UDP, int(w.First), int(w.Last))
	case klaxon.SCTP:
		return anyBit(&v.Report.SCTP, int(w.First), int(w.Last))
	}
	return false
}

// anyBit tells whether a bit from first to last is set.
func anyBit(set *[1024]uint64, first, last int) bool {
	for word := first / 64; word <= last/64; word++ {
		mask := ^uint64(0)
		if word == first/64 {
			mask <<= first % 64
		}
		if word == last/64 {
			mask &= ^uint64(0) >> (63 - last%64)
		}
		if set[word]&mask != 0 {
			return true
		}
	}
	return false
}
