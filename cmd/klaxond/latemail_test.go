package main

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// TestLateMailFile: it is there while something is late, and what somebody put in its
// place is neither waited for nor followed.
func TestLateMailFile(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "mail.late")
	read := func(want string, well bool) {
		t.Helper()
		if got, err := readLate(path); string(got) != want || err == nil != well {
			t.Errorf("read %q, %v", got, err)
		}
	}
	read("", true)
	for _, text := range []string{"[1]", "[2]"} {
		if err := writeLate(path, []byte(text)); err != nil {
			t.Fatal(err)
		}
		read(text, true)
	}
	if err := writeLate(path, nil); err != nil {
		t.Fatal(err)
	}
	read("", true)
	if err := writeLate(path, nil); err != nil {
		t.Errorf("nothing to keep, twice: %v", err)
	}
	if err := os.Symlink(filepath.Join(dir, "other"), path); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "other"), []byte("[3]"), 0o600); err != nil {
		t.Fatal(err)
	}
	read("", false)
	os.Remove(path)
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	read("", false)
}
