package classify

import (
	"testing"

	"klaxon/internal/track"
)

// TestHostsOf: with one service among its notes a source was at as many hosts as it had
// contacts of that kind. Those who asked for addresses last are not counted by the
// ports that they tried before.
func TestHostsOf(t *testing.T) {
	for _, c := range []struct {
		method track.Method
		port   uint16
		want   int
	}{{track.MethodARP, 0, 90}, {track.MethodND, 0, 90}, {track.MethodSyn, 80, 200}} {
		var notes []track.Note
		for n := range byte(64) {
			notes = append(notes, track.Note{Dst: [16]byte{192, 0, 2, n}, Port: c.port, Method: c.method, Outcome: track.Silent, Weight: 1})
		}
		v := track.View{Source: &track.Source{Tuples: 200, Asked: 90}, Notes: notes}
		var s spread
		s.reset(notes)
		if got := hostsOf(v, &s); got != c.want {
			t.Errorf("method %v: %d hosts, want %d", c.method, got, c.want)
		}
	}
}
