package repotest

import (
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
)

func read(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(root + "/" + path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// TestMakeTargetsExist: every `make x` that the documents name is a target.
func TestMakeTargetsExist(t *testing.T) {
	targets := map[string]bool{}
	for _, m := range regexp.MustCompile(`(?m)^([a-z]+):`).FindAllStringSubmatch(read(t, "Makefile"), -1) {
		targets[m[1]] = true
	}
	named := regexp.MustCompile("(?m)(?:`|^    |^\\$ )make ([a-z]+)")
	for _, doc := range []string{"README.md", "docs/HACKING.md", "docs/ARCHITECTURE.md"} {
		for _, m := range named.FindAllStringSubmatch(read(t, doc), -1) {
			if !targets[m[1]] {
				t.Errorf("%s names `make %s`, which the Makefile lacks", doc, m[1])
			}
		}
	}
}

func TestReadmeStartsWithTwoCommands(t *testing.T) {
	top := strings.Join(strings.SplitN(read(t, "README.md"), "\n", 30)[:25], "\n")
	for _, cmd := range []string{"make run", "make test"} {
		if !strings.Contains(top, cmd) {
			t.Errorf("the first 25 lines of README.md lack %q", cmd)
		}
	}
}

// TestLinksInDocuments: a relative link in a document leads to a file.
func TestLinksInDocuments(t *testing.T) {
	link := regexp.MustCompile(`\]\(([^)#]+)(?:#[^)]*)?\)`)
	files(t, []string{".md"}, func(path string, text []byte) {
		dir := path[:strings.LastIndex(path, "/")]
		for _, m := range link.FindAllStringSubmatch(string(text), -1) {
			if strings.Contains(m[1], "://") || strings.HasPrefix(m[1], "mailto:") {
				continue
			}
			if _, err := os.Stat(dir + "/" + m[1]); err != nil {
				t.Errorf("%s links to %s, which does not exist", path, m[1])
			}
		}
	})
}

// TestDependenciesAreJustified: each direct module has its line.
func TestDependenciesAreJustified(t *testing.T) {
	text := read(t, "docs/dependencies.md")
	out, err := exec.Command("go", "list", "-m", "-f", "{{if not (or .Main .Indirect)}}{{.Path}}{{end}}", "all").Output()
	if err != nil {
		t.Fatal(err)
	}
	for _, module := range strings.Fields(string(out)) {
		if !strings.Contains(text, "`"+module+"`") {
			t.Errorf("docs/dependencies.md does not say why %s is needed", module)
		}
	}
}

func TestArchitectureFitsAPage(t *testing.T) {
	if n := strings.Count(read(t, "docs/ARCHITECTURE.md"), "\n"); n > 120 {
		t.Errorf("docs/ARCHITECTURE.md has %d lines, at most 120", n)
	}
}
