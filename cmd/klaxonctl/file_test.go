//go:build !(aix || dragonfly || illumos || solaris)

package main

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
)

func text(s string) func(io.Writer) error {
	return func(w io.Writer) error { _, err := io.WriteString(w, s); return err }
}

// TestReplace: a file is new, its owner's alone, and whole; a link leads nowhere, and
// what is no file stays what it is.
func TestReplace(t *testing.T) {
	dir := t.TempDir()
	file, link, other := filepath.Join(dir, "file"), filepath.Join(dir, "link"), filepath.Join(dir, "other")
	for path, content := range map[string]string{file: "old", other: "not ours"} {
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink(other, link); err != nil {
		t.Fatal(err)
	}
	if n, err := replace(file, text("new and longer")); n != 14 || err != nil {
		t.Errorf("%d, %v", n, err)
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info, err)
	}
	failed := errors.New("failed")
	if _, err := replace(file, func(io.Writer) error { return failed }); !errors.Is(err, failed) {
		t.Error(err)
	}
	if _, err := replace(link, text("x")); !errors.Is(err, errLink) {
		t.Error(err)
	}
	if _, err := replace(dir, text("x")); !errors.Is(err, errNoFile) {
		t.Error(err)
	}
	for path, want := range map[string]string{file: "new and longer", other: "not ours"} {
		if got, err := os.ReadFile(path); string(got) != want || err != nil {
			t.Errorf("%s: %q, %v", path, got, err)
		}
	}
	if left, _ := filepath.Glob(filepath.Join(dir, ".*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestOneIn(t *testing.T) {
	for chance, want := range map[float64]string{
		1e-18: "less than one case in a billion", 1e-9: "one case in 1,000,000,000", 0.25: "one case in 4", 1.0 / 65536: "one case in 65,536", 1: "any case",
	} {
		if got := oneIn(chance); got != want {
			t.Errorf("%g: %s, want %s", chance, got, want)
		}
	}
}

func TestIsHTML(t *testing.T) {
	for name, want := range map[string]bool{"": false, "w.html": true, "w.HTM": true, "w.md": false, "w": false, "d.html/w": false} {
		if got, err := isHTML(name); got != want || err != nil {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
	if _, err := isHTML("week.pdf"); !errors.Is(err, errUsage) {
		t.Errorf("a PDF: %v", err)
	}
}
