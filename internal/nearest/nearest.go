// Package nearest finds the word that a mistyped one most likely meant.
package nearest

import "strings"

// To returns the candidate with the fewest edits between it and word, and how
// many those are; "" when there is no candidate. Letter case counts for nothing.
func To(word string, candidates []string) (best string, edits int) {
	word = strings.ToLower(word)
	for _, c := range candidates {
		if d := distance(word, c); best == "" || d < edits {
			best, edits = c, d
		}
	}
	return best, edits
}

// Slip tells whether so many edits of a word are a slip of the finger: no more
// than one in three letters.
func Slip(word string, edits int) bool { return edits < len(word)/3+2 }

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
