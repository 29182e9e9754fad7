package repotest

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestManQuotes: a macro of mdoc that quotes takes all that follows it on its line, so
// that a second one stands inside the first, and a quote at the beginning of a word is
// eaten as the shell eats one: lists and alternatives come out garbled. \(dq is a quote
// and nothing else.
func TestManQuotes(t *testing.T) {
	quoting := regexp.MustCompile(`\b[SDQ]q\b`)
	eaten := regexp.MustCompile(`^\.(It|Li|Pq|Dl|Cm)\b.*\s\[?"`)
	for _, path := range manPages(t) {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for i, line := range strings.Split(string(text), "\n") {
			switch {
			case !strings.HasPrefix(line, "."):
			case strings.HasPrefix(line, ".so "):
				t.Errorf("%s:%d: %q leads nowhere in a clone: man -l reads one file", path, i+1, line)
			case len(quoting.FindAllString(line, -1)) > 1, strings.Contains(line, "Qq ") && strings.Contains(line, " | "):
				t.Errorf("%s:%d: the quotes of %q nest: write \\(dq", path, i+1, line)
			case eaten.MatchString(line) && !strings.HasPrefix(line, `.Li " `):
				t.Errorf("%s:%d: a quote of %q is eaten: write \\(dq", path, i+1, line)
			}
		}
	}
}

func manPages(t *testing.T) []string {
	t.Helper()
	pages, err := filepath.Glob("../../docs/man/*.[58]")
	if err != nil || len(pages) < 6 {
		t.Fatal(pages, err)
	}
	return pages
}
