package services

import "testing"

func TestDistance(t *testing.T) {
	tests := []struct {
		a, b string
		want int
	}{
		{"", "", 0}, {"a", "", 1}, {"", "abc", 3}, {"telnet", "telnet", 0},
		{"telent", "telnet", 2}, {"kitten", "sitting", 3}, {"flaw", "lawn", 2}, {"redis", "rediss", 1},
	}
	for _, tt := range tests {
		if got := distance(tt.a, tt.b); got != tt.want {
			t.Errorf("distance(%q, %q) = %d, want %d", tt.a, tt.b, got, tt.want)
		}
		if got := distance(tt.b, tt.a); got != tt.want {
			t.Errorf("distance(%q, %q) = %d, want %d", tt.b, tt.a, got, tt.want)
		}
	}
}

func TestNearest(t *testing.T) {
	known := []string{"redis", "rexec", "telnet"}
	tests := []struct{ word, want string }{
		{"rediss", "redis"}, {"REXEC", "rexec"}, {"telent", "telnet"}, {"zzzz", ""}, {"", ""}, {"completely-else", ""},
	}
	for _, tt := range tests {
		if got, ok := nearest(tt.word, known); got != tt.want || ok != (tt.want != "") {
			t.Errorf("nearest(%q) = %q, %v, want %q", tt.word, got, ok, tt.want)
		}
	}
}
