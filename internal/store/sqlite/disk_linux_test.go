package sqlite

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"klaxon"
	"klaxon/internal/chain"
	"klaxon/internal/nstest"
	"klaxon/internal/sink/sinktest"
	"klaxon/test/debs"
)

func mount(t *testing.T, size string) string {
	t.Helper()
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size="+size); err != nil {
		t.Fatalf("mount tmpfs: %v", err)
	}
	t.Cleanup(func() { syscall.Unmount(dir, syscall.MNT_DETACH) })
	return dir
}

// TestFullDisk fills a disk: what had a receipt is there, the error says so, and
// when there is room the chain goes on as if nothing had been.
func TestFullDisk(t *testing.T) {
	nstest.Run(t, func(t *testing.T, _ *nstest.Net) {
		dir := mount(t, "2m")
		ballast := filepath.Join(dir, "ballast")
		if err := os.WriteFile(ballast, make([]byte, 1<<20), 0o600); err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(dir, "klaxon.db")
		var told heard
		s := mustOpen(t, Options{Path: path, Tell: told.tell})
		batch := []klaxon.Record{sinktest.Touch(1), sinktest.Touch(2), sinktest.Touch(3)}
		kept, failed := 0, 0
		for range 5000 {
			n, err := s.Emit(batch)
			kept += n
			if err != nil && (n != 0 || !errors.Is(err, syscall.ENOSPC)) {
				t.Fatalf("%d, %v", n, err)
			}
			if err != nil {
				if failed++; failed == 5 {
					break
				}
			}
		}
		if failed < 5 || kept == 0 {
			t.Fatalf("%d kept, %d failures: the disk did not fill", kept, failed)
		}
		if err := os.Remove(ballast); err != nil {
			t.Fatal(err)
		}
		if n, err := s.Emit(batch); n != 3 || err != nil {
			t.Fatalf("with room again: %d, %v", n, err)
		}
		if r := verifyFile(t, path, s.Anchors()); !r.OK() || r.Records() != uint64(kept+3) {
			t.Errorf("%d kept: %+v", kept+3, r)
		}
		if len(told) != 0 {
			t.Errorf("told %+v", told)
		}
	})
}

// TestReadOnlyDisk remounts the disk below a running store, and starts one there.
func TestReadOnlyDisk(t *testing.T) {
	nstest.Run(t, func(t *testing.T, _ *nstest.Net) {
		dir := mount(t, "8m")
		path := filepath.Join(dir, "klaxon.db")
		remount := func(flags uintptr) error {
			return syscall.Mount("", dir, "", syscall.MS_REMOUNT|syscall.MS_BIND|flags, "")
		}
		s := mustOpen(t, Options{Path: path})
		emitOne(t, s)
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		if err := remount(syscall.MS_RDONLY); err != nil {
			t.Fatal(err)
		}
		var told heard
		s, err := Open(Options{Path: path, UID: -1, Tell: told.tell})
		if !errors.Is(err, syscall.EROFS) {
			t.Errorf("open: %v", err)
		}
		defer s.Close()
		if n, err := s.Emit([]klaxon.Record{sinktest.Touch(1)}); n != 0 || !errors.Is(err, syscall.EROFS) {
			t.Errorf("%d, %v", n, err)
		}
		if err := remount(0); err != nil {
			t.Fatal(err)
		}
		emitOne(t, s)
		if s.Head(chain.Touches).Seq != 2 || len(told) != 0 {
			t.Errorf("head at %d, told %+v", s.Head(chain.Touches).Seq, told)
		}
	})
}

// TestFailedSync lets single calls of fsync fail below a process that emits. No
// receipt is given for what was written before, and all that have one are there.
func TestFailedSync(t *testing.T) {
	strace, err := debs.Find("strace")
	if err != nil {
		nstest.Skip(t, err.Error())
	}
	for _, when := range []string{"6", "9", "12+7", "20..23"} {
		t.Run(when, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "klaxon.db")
			child := childCommand(path)
			cmd := exec.Command(strace, "-f", "-qq", "-o", "/dev/null", "-e", "trace=fsync,fdatasync",
				"-e", "inject=fsync,fdatasync:error=EIO:when="+when, child.Path)
			cmd.Env = child.Env
			out, err := cmd.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
			if err := cmd.Start(); err != nil {
				nstest.Skip(t, "strace cannot be started here: "+err.Error())
			}
			// strace counts the calls of each thread: which one fails is chance.
			got := readReceipts(out, untilRecovered())
			syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
			if err := wait(cmd); err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(strings.Join(got.failures, "\n"), "input/output error") {
				t.Errorf("no fsync failed, or nothing was kept afterwards: %q", got.failures)
			}
			if r := verifyFile(t, path, got.anchors); !r.OK() || r.Anchors() != len(got.anchors) || !got.there(r) {
				t.Errorf("receipts up to %+v: %+v", got.heads, r)
			}
		})
	}
}

// untilRecovered reads until 20 receipts were given after a failure.
func untilRecovered() func(*receipts) bool {
	failedAt := 0
	return func(r *receipts) bool {
		if len(r.failures) == 0 {
			failedAt = len(r.anchors)
		}
		return len(r.anchors) < min(failedAt+20, 5000) && len(r.failures) < 1000
	}
}
