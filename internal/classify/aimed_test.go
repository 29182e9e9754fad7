package classify

import (
	"testing"

	"klaxon/internal/track"
)

// visitsOf makes notes of contacts with ports after pauses in seconds, in an order
// that is not that of time.
func visitsOf(ports []uint16, pauses ...float64) (v track.View) {
	at := int64(1e18)
	for i, p := range ports {
		if i > 0 {
			at += int64(pauses[(i-1)%len(pauses)] * 1e9)
		}
		v.Notes = append([]track.Note{{At: at, Port: p, Method: track.MethodSyn}}, v.Notes...)
	}
	return v
}

func TestAimed(t *testing.T) {
	hand := []uint16{22, 3389, 23, 5900}
	for _, c := range []struct {
		name string
		v    track.View
		want bool
	}{
		{"by hand", visitsOf(hand, 3, 20, 8), true},
		{"one more", visitsOf(append(hand, 21), 3, 20, 8), true},
		{"three", visitsOf(hand[:3], 3, 20), false},
		{"three, one twice", visitsOf([]uint16{22, 3389, 22, 23}, 3, 20, 8), false},
		{"ascending", visitsOf([]uint16{21, 22, 23, 80}, 3, 20, 8), false},
		{"descending", visitsOf([]uint16{80, 23, 22, 21}, 3, 20, 8), false},
		{"a program's pace", visitsOf(hand, 15), false},
		{"nearly so", visitsOf(hand, 15, 16, 14), false},
		{"fast", visitsOf(hand, 0.2, 5, 0.3), false},
		{"days apart", visitsOf(hand, 3, 90000, 8), false},
		{"nothing", track.View{}, false},
	} {
		if got := Aimed(c.v); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
	v := visitsOf(hand, 3, 20, 8)
	v.Notes[1].Method = track.MethodARP // no service
	if Aimed(v) {
		t.Error("a question for a neighbour counts as a service")
	}
}
