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
