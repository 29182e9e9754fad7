package statefile

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestReplace(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a")
	if got, err := Read(path, 10); got != nil || err != nil {
		t.Fatalf("of no file: %q, %v", got, err)
	}
	for _, text := range []string{"one", "", "two and more"} {
		if err := Write(path, []byte(text)); err != nil {
			t.Fatal(err)
		}
		if got, err := Read(path, len(text)); string(got) != text || err != nil {
			t.Errorf("read %q, %v, want %q", got, err, text)
		}
	}
	if _, err := Read(path, 3); err == nil || !strings.Contains(err.Error(), "longer than 3 bytes") {
		t.Errorf("too long: %v", err)
	}
	if list, _ := os.ReadDir(dir); len(list) != 1 {
		t.Errorf("left behind: %v", list)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o640 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
}

// TestFailure: the old file stands, and nothing is left behind.
func TestFailure(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a")
	if err := os.Mkdir(path, 0o700); err != nil { // a folder cannot be replaced by a file
		t.Fatal(err)
	}
	if err := Write(path, []byte("x")); err == nil {
		t.Error("a folder was replaced")
	}
	if list, _ := os.ReadDir(dir); len(list) != 1 {
		t.Errorf("left behind: %v", list)
	}
	if err := Write(filepath.Join(dir, "none", "a"), nil); err == nil {
		t.Error("written into no folder")
	}
	if _, err := Read(path, 10); err == nil {
		t.Error("a folder was read")
	}
}
