//go:build unix && !linux

package ident

import (
	"os"
	"strconv"
	"testing"
)

// TestLockDir: somebody else may have made the name first.
func TestLockDir(t *testing.T) {
	name := "/klaxon-ident-" + strconv.Itoa(os.Geteuid())
	for _, c := range []struct {
		what    string
		prepare func(path string) error
		want    bool
	}{
		{"nothing there", func(string) error { return nil }, true},
		{"ours from before", func(p string) error { return os.Mkdir(p, 0o700) }, true},
		{"a link to a directory of ours", func(p string) error { return os.Symlink(t.TempDir(), p) }, false},
		{"a file", func(p string) error { return os.WriteFile(p, nil, 0o600) }, false},
		{"open to all", func(p string) error {
			if err := os.Mkdir(p, 0o700); err != nil {
				return err
			}
			return os.Chmod(p, 0o777)
		}, false},
	} {
		above := t.TempDir()
		if err := c.prepare(above + name); err != nil {
			t.Fatal(err)
		}
		if dir, ok := lockDir(above); ok != c.want || ok && dir != above+name {
			t.Errorf("%s: %q %t, want %t", c.what, dir, ok, c.want)
		}
	}
	if os.Geteuid() != 0 {
		t.Skip("a directory of another user cannot be made without root")
	}
	above := t.TempDir()
	if err := os.Mkdir(above+name, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Chown(above+name, 1, 1); err != nil {
		t.Fatal(err)
	}
	if _, ok := lockDir(above); ok {
		t.Error("a directory of another user was accepted")
	}
}
