package owed

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestOpenPipe: a pipe in the place of the list does not hold up who opens it.
func TestOpenPipe(t *testing.T) {
	path := filepath.Join(t.TempDir(), "p.owed")
	must(t, syscall.Mkfifo(path, 0o600))
	opened := make(chan error, 1)
	go func() {
		_, err := Open(path)
		opened <- err
	}()
	select {
	case err := <-opened:
		if err == nil || !strings.Contains(err.Error(), "no regular file") {
			t.Errorf("it is opened with %v", err)
		}
	case <-time.After(10 * time.Second): // for ever, when it is broken
		w, err := os.OpenFile(path, os.O_RDWR, 0)
		must(t, err)
		w.Close()
		t.Error("it waits for who writes")
	}
}

// TestOpenLink: what a link in the place of the list names is left alone.
func TestOpenLink(t *testing.T) {
	path := filepath.Join(t.TempDir(), "p.owed")
	must(t, os.WriteFile(path+".log", []byte("a record\n"), 0o600))
	must(t, os.Symlink(path+".log", path))
	if _, err := Open(path); err == nil || !strings.Contains(err.Error(), "symbolic link") {
		t.Errorf("it is opened with %v", err)
	}
	if data, err := os.ReadFile(path + ".log"); string(data) != "a record\n" {
		t.Errorf("it named %q, %v", data, err)
	}
}

// TestOpenForeign: a file that is no list is kept under another name, and the list
// begins anew.
func TestOpenForeign(t *testing.T) {
	path := filepath.Join(t.TempDir(), "p.owed")
	foreign := strings.Repeat("a record\n", 100)
	must(t, os.WriteFile(path, []byte(foreign), 0o600))
	l := open(t, path)
	if data, err := os.ReadFile(l.Aside()); string(data) != foreign || !strings.HasPrefix(l.Aside(), path+".damaged-") {
		t.Errorf("kept as %q are %d bytes, %v", l.Aside(), len(data), err)
	}
	l.Add(numbered(1))
	must(t, l.Close())
	if l = open(t, path); l.Len() != 1 || l.Aside() != "" {
		t.Errorf("then %d are owed, and %q is put aside", l.Len(), l.Aside())
	}
}
