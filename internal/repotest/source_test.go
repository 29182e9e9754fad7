package repotest

import (
	"go/ast"
	"go/format"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const root = "../.."

// files calls fn for every file of the project with one of the endings.
func files(t *testing.T, endings []string, fn func(path string, text []byte)) {
	t.Helper()
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if slices.Contains([]string{".git", "bin", "dist"}, d.Name()) {
				return fs.SkipDir
			}
			return nil
		}
		for _, e := range endings {
			if strings.HasSuffix(path, e) {
				text, err := os.ReadFile(path)
				if err != nil {
					return err
				}
				fn(path, text)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestGofmt(t *testing.T) {
	files(t, []string{".go"}, func(path string, text []byte) {
		want, err := format.Source(text)
		if err != nil {
			t.Errorf("%s: %v", path, err)
		} else if string(want) != string(text) {
			t.Errorf("%s is not gofmt-clean: gofmt -w %s", path, path)
		}
	})
}

// TestSizes keeps files and functions readable. Tables and tests may be longer.
func TestSizes(t *testing.T) {
	var lengths []int
	files(t, []string{".go"}, func(path string, text []byte) {
		if strings.HasSuffix(path, "_test.go") {
			return
		}
		fset := token.NewFileSet()
		file, err := parser.ParseFile(fset, path, text, parser.SkipObjectResolution)
		if err != nil {
			t.Error(err)
			return
		}
		if n := strings.Count(string(text), "\n"); n > 450 {
			t.Errorf("%s has %d lines: one idea per file", path, n)
		}
		for _, d := range file.Decls {
			f, ok := d.(*ast.FuncDecl)
			if !ok {
				continue
			}
			n := fset.Position(f.End()).Line - fset.Position(f.Pos()).Line + 1
			lengths = append(lengths, n)
			if n > 70 {
				t.Errorf("%s: %s has %d lines: is there an idea in it that wants its own name?", path, f.Name.Name, n)
			}
		}
	})
	slices.Sort(lengths)
	if median := lengths[len(lengths)/2]; median > 13 {
		t.Errorf("the median function has %d lines, wanted about 10", median)
	}
}

func TestLooseEnds(t *testing.T) {
	loose := regexp.MustCompile(`\b(TO` + `DO|FIX` + `ME|XX` + `X)\b`)
	files(t, []string{".go", ".sh", "Makefile"}, func(path string, text []byte) {
		if m := loose.Find(text); m != nil {
			t.Errorf("%s: %s left in the tree", path, m)
		}
	})
}

// TestNoInit: work in init is paid at every touch.
func TestNoInit(t *testing.T) {
	files(t, []string{".go"}, func(path string, text []byte) {
		if !strings.HasSuffix(path, "_test.go") && strings.Contains(string(text), "\nfunc init()") {
			t.Errorf("%s has an init function: everybody who links it pays for it", path)
		}
	})
}
