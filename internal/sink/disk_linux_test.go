package sink

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// tinyDisk returns a directory on a disk of 64 KiB, half of it taken by a file
// named ballast.
func tinyDisk(t *testing.T) string {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("SKIPPED: a full disk: mounting one needs root")
	}
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=64k"); err != nil {
		t.Skipf("SKIPPED: a full disk: mount tmpfs: %v", err)
	}
	t.Cleanup(func() { syscall.Unmount(dir, syscall.MNT_DETACH) })
	if err := os.WriteFile(filepath.Join(dir, "ballast"), make([]byte, 32<<10), 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}
