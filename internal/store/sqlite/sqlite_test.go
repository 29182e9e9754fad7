package sqlite

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"klaxon/internal/store"
	"klaxon/internal/store/storetest"
)

func TestStore(t *testing.T) {
	storetest.Run(t, func(t *testing.T, dir string, l storetest.Limits) store.Store {
		return mustOpen(t, Options{Path: filepath.Join(dir, "klaxon.db"), MaxBytes: l.MaxBytes, MaxAge: l.MaxAge, Now: l.Now, Announce: l.Announce})
	})
}

func mustOpen(t *testing.T, o Options) *Store {
	t.Helper()
	o.UID, o.GID = -1, -1
	s, err := Open(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// TestCloseFolds: after an end in order there is one file, whoever asked before.
func TestCloseFolds(t *testing.T) {
	path := filepath.Join(t.TempDir(), "klaxon.db")
	s := mustOpen(t, Options{Path: path})
	if err := s.SaveMemory("a", []byte("x")); err != nil {
		t.Fatal(err)
	}
	if _, err := s.LoadMemory("a"); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	for _, end := range []string{"-wal", "-shm"} {
		if _, err := os.Stat(path + end); err == nil {
			t.Errorf("%s is still there", path+end)
		}
	}
}

// TestPace: small batches that come soon after each other wait, and no others.
func TestPace(t *testing.T) {
	s := mustOpen(t, Options{Path: filepath.Join(t.TempDir(), "klaxon.db"), Pace: time.Second})
	now := time.Now()
	if got := s.wait(1, now); got != 0 {
		t.Errorf("the first waits %s", got)
	}
	emitOne(t, s)
	s.paced = now
	for _, c := range []struct {
		size  int
		after time.Duration
		want  time.Duration
	}{{1, 0, time.Second}, {smallBatch - 1, 300 * time.Millisecond, 700 * time.Millisecond}, {1, time.Minute, 0}, {smallBatch, 0, 0}} {
		if got := s.wait(c.size, now.Add(c.after)); got != c.want {
			t.Errorf("%d records after %s wait %s, want %s", c.size, c.after, got, c.want)
		}
	}
}

// TestModes: nobody but owner and group reads what was kept.
func TestModes(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new", "klaxon")
	s := mustOpen(t, Options{Path: filepath.Join(dir, "klaxon.db")})
	if err := s.SaveMemory("a", nil); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]os.FileMode{"": 0o750, "klaxon.db": 0o640, "klaxon.db-wal": 0o640, "klaxon.db-shm": 0o640, "klaxon.db.lock": 0o640} {
		info, err := os.Stat(filepath.Join(dir, path))
		if err != nil || info.Mode().Perm() != want {
			t.Errorf("%s: %v, %v", path, info.Mode(), err)
		}
	}
}
