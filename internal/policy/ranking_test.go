package policy

import (
	"fmt"
	"testing"
)

// TestRanking: of many words that came once none is told, and equals stand in the
// order of their numbers.
func TestRanking(t *testing.T) {
	r := newRanking(100)
	for port := range 50 {
		r.add(fmt.Sprintf("tcp/%d", port+1))
	}
	if got := r.top(3); got != "" {
		t.Errorf("of fifty that came once: %s", got)
	}
	for range 3 {
		for _, port := range []int{10, 2, 31} {
			r.add(fmt.Sprintf("tcp/%d", port))
		}
	}
	if got := r.top(3); got != "tcp/2 (4), tcp/10 (4), tcp/31 (4)" {
		t.Error(got)
	}
	few := newRanking(100)
	few.add("nmap")
	if got := few.top(3); got != "nmap (1)" {
		t.Error(got)
	}
}
