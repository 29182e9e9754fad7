package nearest

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

func TestTo(t *testing.T) {
	known := []string{"redis", "rexec", "telnet"}
	tests := []struct {
		word, want string
		slip       bool
	}{
		{"rediss", "redis", true}, {"REXEC", "rexec", true}, {"telent", "telnet", true},
		{"zzzz", "redis", false}, {"", "redis", false}, {"completely-else", "telnet", false},
	}
	for _, tt := range tests {
		got, edits := To(tt.word, known)
		if got != tt.want || Slip(tt.word, edits) != tt.slip {
			t.Errorf("To(%q) = %q, %d edits, want %q", tt.word, got, edits, tt.want)
		}
	}
	if got, _ := To("redis", nil); got != "" {
		t.Errorf("without candidates: %q", got)
	}
}
