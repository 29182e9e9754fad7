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
// as somebody whose settings are different. The short form compares the .deb,
// which holds everything; the long form all files for every architecture, with
// nothing compiled before.
func TestReproducible(t *testing.T) {
	first, args := release(t), []string{"-arch", runtime.GOARCH, "-kinds", "deb"}
	if soak() {
		first, args = filepath.Join(t.TempDir(), "first"), []string{"-arch", "amd64,arm64"}
		if err := dist("../..", first, args...); err != nil {
			t.Fatal(err)
		}
		t.Setenv("GOCACHE", filepath.Join(t.TempDir(), "cache"))
	}
	for name, value := range map[string]string{"TZ": "Asia/Kathmandu", "LC_ALL": "C", "GOFLAGS": "-v", "GOAMD64": "v2", "USER": "somebody"} {
		t.Setenv(name, value)
	}
	second := filepath.Join(t.TempDir(), "out")
	old := syscall.Umask(0o077)
	err := dist(copyTree(t), second, args...)
	syscall.Umask(old)
	if err != nil {
		t.Fatal(err)
	}
	want, got := contents(t, first), contents(t, second)
	if !soak() {
		for name := range want {
			if !strings.HasSuffix(name, ".deb") && !strings.HasSuffix(name, ".cdx.json") {
				delete(want, name)
			}
		}
		delete(got, "SHA256SUMS")
	}
	if len(want) < 2 {
		t.Errorf("only %d files are compared", len(want))
	}
	same(t, "the second build", got, want)
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
