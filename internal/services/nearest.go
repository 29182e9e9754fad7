package services

import "strings"

// nearest returns the candidate that a mistyped word most likely meant, and
// false when none is near: more than one edit in three letters is no slip of
// the finger. Letter case counts for nothing.
func nearest(word string, candidates []string) (string, bool) {
	best, least := "", len(word)/3+2
	for _, c := range candidates {
		if d := distance(strings.ToLower(word), c); d < least {
			best, least = c, d
		}
	}
	return best, best != ""
}

// distance counts the insertions, deletions and replacements of single bytes
// that turn a into b (Levenshtein).
func distance(a, b string) int {
	row := make([]int, len(b)+1) // distances from the prefix of a read so far
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			diagonal, row[j+1] = row[j+1], min(row[j]+1, row[j+1]+1, diagonal+cost)
		}
	}
	return row[len(b)]
}
