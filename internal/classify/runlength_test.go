package classify

import (
	"math"
	"testing"

	"klaxon/internal/track"
)

// accusedOnceIn is the mean number of contacts until the plain walk accuses a
// source that succeeds with probability p: a Markov chain over the sums, which
// are multiples of ln 4 but at the floor, solved exactly. floor is in thousandths
// of a nat.
func accusedOnceIn(p float64, floor int) float64 {
	const up, down = 1386, 1386
	index := map[int]int{}
	var sums []int
	visit := func(sum int) int {
		if i, ok := index[sum]; ok {
			return i
		}
		index[sum] = len(sums)
		sums = append(sums, sum)
		return len(sums) - 1
	}
	visit(0)
	for i := 0; i < len(sums); i++ {
		if sums[i]+up < int(track.Threshold) {
			visit(sums[i] + up)
		}
		visit(max(sums[i]-down, floor))
	}
	// E[s] = 1 + p E[down] + (1-p) E[up], with E = 0 beyond the threshold.
	n := len(sums)
	m := make([][]float64, n)
	for i, sum := range sums {
		m[i] = make([]float64, n+1)
		m[i][i], m[i][n] = 1, 1
		m[i][index[max(sum-down, floor)]] -= p
		if next, ok := index[sum+up]; ok {
			m[i][next] -= 1 - p
		}
	}
	return solve(m)[0]
}

// solve is Gaussian elimination with pivots.
func solve(m [][]float64) []float64 {
	n := len(m)
	for c := range n {
		best := c
		for r := c; r < n; r++ {
			if math.Abs(m[r][c]) > math.Abs(m[best][c]) {
				best = r
			}
		}
		m[c], m[best] = m[best], m[c]
		for r := range n {
			if r == c {
				continue
			}
			f := m[r][c] / m[c][c]
			for k := c; k <= n; k++ {
				m[r][k] -= f * m[c][k]
			}
		}
	}
	x := make([]float64, n)
	for i := range x {
		x[i] = m[i][n] / m[i][i]
	}
	return x
}

// TestRunLength prints how often the plain walk accuses an honest source. That
// is why the walk over all contacts is for strangers alone. The figures for a
// floor of three successes were computed before, by another road.
func TestRunLength(t *testing.T) {
	for _, tt := range []struct{ p, known float64 }{{.8, 1.5e8}, {.6, 2800}, {.5, 170}} {
		if got := accusedOnceIn(tt.p, -3*1386); math.Abs(got/tt.known-1) > .1 {
			t.Errorf("p = %v, floor of three: once in %.3g contacts, computed before as %.3g", tt.p, got, tt.known)
		}
		t.Logf("FIGURE: the plain walk accuses a source that succeeds in %.0f of 100 contacts once in %.3g", 100*tt.p, accusedOnceIn(tt.p, -4600))
	}
}
