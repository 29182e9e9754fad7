package policy

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
)

// ranking counts words, of which strangers may invent any number: when there is no
// room, the rarest makes it, and the new one inherits its count (the space-saving
// algorithm: what is frequent is never lost, and counts are too high by at most
// the number of words seen divided by the room).
type ranking struct {
	counts map[string]uint64
	room   int
	about  bool // counts are no longer exact
}

func newRanking(room int) ranking { return ranking{counts: make(map[string]uint64), room: room} }

func (r *ranking) add(word string) {
	if _, known := r.counts[word]; known || len(r.counts) < r.room {
		r.counts[word]++
		return
	}
	rarest, least := "", ^uint64(0)
	for w, n := range r.counts {
		if n < least || n == least && w < rarest {
			rarest, least = w, n
		}
	}
	delete(r.counts, rarest)
	r.counts[word], r.about = least+1, true
}

// top lists the most frequent, as in "tcp/23 (40), tcp/22 (7)".
func (r *ranking) top(most int) string {
	words := make([]string, 0, len(r.counts))
	for w := range r.counts {
		words = append(words, w)
	}
	slices.SortFunc(words, func(a, b string) int {
		return cmp.Or(cmp.Compare(r.counts[b], r.counts[a]), cmp.Compare(a, b))
	})
	var list []string
	for _, w := range words[:min(most, len(words))] {
		n := strconv.FormatUint(r.counts[w], 10)
		if r.about {
			n = "about " + n
		}
		list = append(list, w+" ("+n+")")
	}
	return strings.Join(list, ", ")
}
