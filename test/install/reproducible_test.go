//go:build linux

package install

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
)

// TestReproducible builds the release again from a copy of the tree elsewhere,
// as somebody whose settings are different. The long form does so with nothing
// compiled before, for every architecture.
func TestReproducible(t *testing.T) {
	first, arches := release(t), runtime.GOARCH
	second := filepath.Join(t.TempDir(), "out")
	settings := []string{"TZ=Asia/Kathmandu", "LC_ALL=C", "GOFLAGS=-v", "USER=somebody"}
	if soak() {
		first, arches = filepath.Join(t.TempDir(), "first"), "amd64,arm64"
		if err := dist("../..", first, arches); err != nil {
			t.Fatal(err)
		}
		settings = append(settings, "GOCACHE="+filepath.Join(t.TempDir(), "cache"), "GOAMD64=v2")
	}
	old := syscall.Umask(0o077)
	err := dist(copyTree(t), second, arches, settings...)
	syscall.Umask(old)
	if err != nil {
		t.Fatal(err)
	}
	want := contents(t, first)
	if len(want) < 5 {
		t.Errorf("only %d files in the release", len(want))
	}
	same(t, "the second build", contents(t, second), want)
}

// copyTree copies what git knows, or would know after an add, to a directory
// that is called something else.
func copyTree(t *testing.T) string {
	t.Helper()
	to := filepath.Join(t.TempDir(), "another tree")
	list := exec.Command("git", "ls-files", "-co", "--exclude-standard", "-z")
	list.Dir = "../.."
	names, err := list.Output()
	if err != nil {
		t.Skip("SKIPPED: a second build elsewhere: git does not know this tree")
	}
	for name := range strings.SplitSeq(strings.TrimSuffix(string(names), "\x00"), "\x00") {
		text, err := os.ReadFile(filepath.Join("../..", name))
		if os.IsNotExist(err) {
			continue // deleted, and not committed yet
		}
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(to, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return to
}

// TestChecksums: sha256sum accepts the list, and it names every file.
func TestChecksums(t *testing.T) {
	dir := release(t)
	cmd := exec.Command("sha256sum", "--check", "--strict", "SHA256SUMS")
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for name := range contents(t, dir) {
		if name != "SHA256SUMS" && !strings.Contains(string(out), name+": OK\n") {
			t.Errorf("SHA256SUMS does not name %s", name)
		}
	}
}
