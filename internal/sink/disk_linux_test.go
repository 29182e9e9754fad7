package sink

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"klaxon"
	"klaxon/internal/nstest"
	"klaxon/internal/sink/sinktest"
)

// TestJSONFullDisk fills a disk: whole lines only, an exact count, and lines
// again when there is room.
func TestJSONFullDisk(t *testing.T) {
	nstest.Run(t, func(t *testing.T, _ *nstest.Net) {
		dir, ballast := tinyDisk(t)
		path := filepath.Join(dir, "klaxon.jsonl")
		s, err := NewJSON(path)
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		out := fill(t, s)
		requireLines(t, path, out)
		if err := os.Remove(ballast); err != nil {
			t.Fatal(err)
		}
		if n, err := s.Emit([]klaxon.Record{sinktest.Touch(7)}); n != 1 || err != nil {
			t.Fatalf("with room again: %d, %v", n, err)
		}
		requireLines(t, path, out+1)
	})
}

// fill emits until the disk is full, and returns how many records are out.
func fill(t *testing.T, s *JSON) (out int) {
	t.Helper()
	for range 10_000 {
		n, err := s.Emit([]klaxon.Record{sinktest.Touch(1), sinktest.Touch(2), sinktest.Touch(3)})
		out += n
		if errors.Is(err, syscall.ENOSPC) {
			return out
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	t.Fatal("the disk does not fill")
	return 0
}

// tinyDisk mounts a disk of 64 KiB, half of it taken by the file ballast.
func tinyDisk(t *testing.T) (dir, ballast string) {
	t.Helper()
	dir = t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=64k"); err != nil {
		t.Fatalf("mount tmpfs: %v", err)
	}
	t.Cleanup(func() { syscall.Unmount(dir, syscall.MNT_DETACH) })
	ballast = filepath.Join(dir, "ballast")
	if err := os.WriteFile(ballast, make([]byte, 32<<10), 0o600); err != nil {
		t.Fatal(err)
	}
	return dir, ballast
}
