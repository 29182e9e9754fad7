package policy

import (
	"cmp"
	"math"
	"slices"
	"strings"
)

// ranking counts words, of which strangers may invent any number: when there is no
// room, the rarest makes it, and the new one inherits its count (the space-saving
// algorithm: what is frequent is never lost).
type ranking struct {
	counts map[string]tally
	room   int
}

// tally is how often a word came: at most N times, and Over times less at least.
type tally struct{ N, Over uint64 }

func newRanking(room int) ranking { return ranking{counts: make(map[string]tally), room: room} }

func (r *ranking) add(word string) {
	n, known := r.counts[word]
	if known || len(r.counts) < r.room {
		n.N++
		r.counts[word] = n
		return
	}
	rarest, least := "", tally{N: math.MaxUint64}
	for w, n := range r.counts {
		if n.N < least.N || n.N == least.N && w < rarest {
			rarest, least = w, n
		}
	}
	delete(r.counts, rarest)
	r.counts[word] = tally{least.N + 1, least.N}
}

// top lists the most frequent, as in "tcp/23 (40), tcp/22 (7)". One that may have
// inherited half of its count is not known to be frequent, and of many that all came
// once none is.
func (r *ranking) top(most int) string {
	words := make([]string, 0, len(r.counts))
	for w, n := range r.counts {
		if n.N/2 >= n.Over {
			words = append(words, w)
		}
	}
	slices.SortFunc(words, func(a, b string) int {
		return cmp.Or(cmp.Compare(r.counts[b].N, r.counts[a].N), cmp.Compare(len(a), len(b)), cmp.Compare(a, b))
	})
	if len(words) > most && r.counts[words[0]].N == 1 {
		return ""
	}
	var list []string
	for _, w := range words[:min(most, len(words))] {
		n := r.counts[w]
		list = append(list, w+" ("+amount(n.N-n.Over/2, n.Over == 0, "", "")+")")
	}
	return strings.Join(list, ", ")
}
