//go:build linux

package install

import (
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
)

// distEnv names the directory of the release under test, for the processes that
// run tests inside namespaces.
const distEnv = "KLAXON_INSTALL_DIST"

// The release under test: a version with a tag, and a time that no clock shows.
const (
	version        = "v1.2.3"
	packageVersion = "1.2.3-1"
	epoch          = "1790000000"
	maintainer     = "Jane Doe <jane@example.org>"
)

func soak() bool { return os.Getenv("KLAXON_SOAK") == "1" }

func TestMain(m *testing.M) {
	flag.Parse()
	code := m.Run()
	if made != "" {
		os.RemoveAll(made) // nothing can be done about what stays in /tmp
	}
	os.Exit(code)
}

var made string // by this process

// release returns the directory of the release under test, for this machine.
func release(t *testing.T) string {
	t.Helper()
	dir, err := once()
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

var once = sync.OnceValues(func() (string, error) {
	if dir := os.Getenv(distEnv); dir != "" {
		return dir, nil
	}
	dir, err := os.MkdirTemp("", "klaxon-release")
	if err != nil {
		return "", err
	}
	made = dir
	if err := os.Setenv(distEnv, dir); err != nil {
		return "", err
	}
	return dir, dist("../..", dir, "-arch", runtime.GOARCH)
})

// dist runs packaging/dist as `make dist` does, in a tree.
func dist(tree, out string, args ...string) error {
	cmd := exec.Command("go", append([]string{"run", "./packaging/dist", "-out", out, "-version", version, "-maintainer", maintainer}, args...)...)
	cmd.Dir = tree
	cmd.Env = append(os.Environ(), "SOURCE_DATE_EPOCH="+epoch)
	if text, err := cmd.CombinedOutput(); err != nil {
		return &distError{err, string(text)}
	}
	return nil
}

type distError struct {
	err    error
	output string
}

func (e *distError) Error() string { return "dist: " + e.err.Error() + "\n" + e.output }

// find returns the one file of the release that a pattern matches.
func find(t *testing.T, pattern string) string {
	t.Helper()
	return only(t, release(t), pattern)
}

func only(t *testing.T, dir, pattern string) string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, pattern))
	if err != nil || len(files) != 1 {
		t.Fatalf("%s: %v, %v", pattern, files, err)
	}
	return files[0]
}

// output runs a command and returns what it prints.
func output(t *testing.T, name string, args ...string) string {
	t.Helper()
	out, err := exec.Command(name, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
	return string(out)
}

// unpacked returns a directory with what the tarball holds.
func unpacked(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	output(t, "tar", "-xzf", find(t, "*.tar.gz"), "-C", dir, "--strip-components=1")
	return dir
}

// contents returns the text of every file below dir, by its path.
func contents(t *testing.T, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		text, err := os.ReadFile(path)
		all[strings.TrimPrefix(path, dir+"/")] = string(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// same compares two trees, but for files that only one of them is to have.
func same(t *testing.T, what string, got, want map[string]string) {
	t.Helper()
	for path, text := range want {
		if have, ok := got[path]; !ok {
			t.Errorf("%s lacks %s", what, path)
		} else if have != text {
			t.Errorf("%s has another %s", what, path)
		}
	}
	for path := range got {
		if _, ok := want[path]; !ok {
			t.Errorf("%s has %s, and nothing else does", what, path)
		}
	}
}
