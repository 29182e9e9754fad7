package names

import (
	"strings"
	"testing"
)

func TestIsHostname(t *testing.T) {
	label := strings.Repeat("a", 63)
	name253 := label + "." + label + "." + label + "." + label[:61]
	for s, want := range map[string]bool{
		"localhost":             true,
		"a.example":             true,
		"A-1_b.EXAMPLE":         true,
		"_x.-y.z-":              true,
		"1.2.3.4.example":       true,
		"3com.x1":               true,
		label + ".example":      true,
		label + "a.example":     false,
		name253:                 true,
		name253 + "a":           false,
		"":                      false,
		".":                     false,
		".example":              false,
		"example.":              false,
		"a..example":            false,
		"192.0.2.7":             false,
		"a.7":                   false,
		"7":                     false,
		"2001:db8::7":           false,
		"a b.example":           false,
		"a\x00.example":         false,
		"a\n.example":           false,
		"a\x1b[31m.example":     false,
		"a\x7f.example":         false,
		"a\x9b.example":         false,
		"b\u00fccher.example":   false,
		"a%s.example":           false,
		"a@b.example":           false,
		`a\.example`:            false,
		"a/b.example":           false,
		"\u202eelpmaxe.example": false,
	} {
		if isHostname(s) != want {
			t.Errorf("%q: %t", s, !want)
		}
	}
}

// FuzzIsHostname: what passes can stand in the frozen line as it is.
func FuzzIsHostname(f *testing.F) {
	f.Add("a.example")
	f.Add("192.0.2.7")
	f.Add("a..b")
	f.Add(strings.Repeat("a", 64))
	f.Fuzz(func(t *testing.T, s string) {
		if !isHostname(s) {
			return
		}
		const allowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_."
		if s == "" || len(s) > 253 || strings.Trim(s, allowed) != "" || s[0] == '.' || s[len(s)-1] == '.' {
			t.Errorf("%q passed", s)
		}
		for _, l := range strings.Split(s, ".") {
			if len(l) < 1 || len(l) > 63 {
				t.Errorf("%q passed with a label of %d bytes", s, len(l))
			}
		}
	})
}
