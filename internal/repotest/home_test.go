package repotest

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// Klaxon calls nobody of its own accord: no update, no report, nothing fetched
// at run time. Of that a test can hold that few packages can call at all, that
// each has a reason, and that no program holds the name of a host to be called.

// callers are our packages that may open connections, and whom to.
var callers = []struct{ packages, whom string }{
	{"internal/control", "klaxond, over its own socket"},
	{"internal/ident", "the source of a touch, when the configuration says so"},
	{"internal/names", "the resolver of this machine, when the configuration says so"},
	{"internal/outbound", "who stands in the configuration of an output"},
	{"internal/sink/...", "who stands in the configuration of the output"},
	{"internal/drill/...", "our own traps"},
	{"cmd/klaxonctl", "our own traps"},
}

// calls are what opens connections to other machines. Local sockets are none.
var calls = map[string][]string{
	"net":        {"Dial", "DialTimeout", "DialTCP", "DialUDP", "DialIP", "Dialer"},
	"net/http":   {"Client", "Transport", "NewRequest", "NewRequestWithContext"},
	"net/smtp":   {"Dial", "NewClient", "SendMail"},
	"crypto/tls": {"Dial", "DialWithDialer", "Dialer", "Client"},
}

// shared are settings of the process that a proxy in the environment, or any
// package, could bend.
var shared = map[string][]string{"net/http": {"DefaultClient", "DefaultTransport", "Get", "Head", "Post", "PostForm", "ProxyFromEnvironment"}}

func TestFewMayCall(t *testing.T) {
	eachLinkedFile(t, func(p goPackage, fset *token.FileSet, file *ast.File) {
		path, _ := relative(p.ImportPath)
		for what, at := range uses(file, calls) {
			if !slices.ContainsFunc(callers, func(c struct{ packages, whom string }) bool { return matches([]string{c.packages}, path) }) {
				t.Errorf("%s uses %s: whom does it call, and who asked for it? see callers in home_test.go", fset.Position(at), what)
			}
		}
		for what, at := range uses(file, shared) {
			t.Errorf("%s uses %s, which is set elsewhere: make a client for the one purpose", fset.Position(at), what)
		}
	})
}

// TestNoFixedHost: whom a program calls stands in its configuration, never in it.
func TestNoFixedHost(t *testing.T) {
	host := regexp.MustCompile(`(?i)\b[a-z0-9][a-z0-9-]*(?:\.[a-z0-9-]+)*\.(?:com|org|net|io|dev|cloud|app|sh|co|info|biz|eu|us|de|ai)\b`)
	// Names of formats, which nobody calls, and of nobody (RFC 2606).
	harmless := regexp.MustCompile(`^(?:www\.w3\.org|www\.apple\.com|(?:.*\.)?example\.(?:com|net|org))$`)
	eachLinkedFile(t, func(_ goPackage, fset *token.FileSet, file *ast.File) {
		ast.Inspect(file, func(n ast.Node) bool {
			if _, ok := n.(*ast.ImportSpec); ok {
				return false
			}
			lit, ok := n.(*ast.BasicLit)
			if !ok || lit.Kind != token.STRING {
				return true
			}
			text, err := strconv.Unquote(lit.Value)
			if err != nil {
				t.Fatal(err)
			}
			for _, found := range host.FindAllString(text, -1) {
				if !harmless.MatchString(found) {
					t.Errorf("%s holds the host %s: whom a program calls stands in its configuration", fset.Position(lit.Pos()), found)
				}
			}
			return true
		})
	})
}

// TestLibrariesCallNobody: a library that brings a client of its own could call
// home without us.
func TestLibrariesCallNobody(t *testing.T) {
	for _, p := range linked(t) {
		if _, ours := relative(p.ImportPath); ours || p.Standard || strings.HasPrefix(p.ImportPath, "vendor/") {
			continue
		}
		for _, client := range []string{"net/http", "net/smtp", "net/rpc", "crypto/tls"} {
			if slices.Contains(p.Imports, client) {
				t.Errorf("%s is linked and imports %s: what does it call?", p.ImportPath, client)
			}
		}
	}
}

// linked are the packages in the programs, the standard library's as well.
func linked(t *testing.T) []goPackage {
	t.Helper()
	all := goList(t, "-deps", "./cmd/...")
	if len(all) < 50 {
		t.Fatalf("only %d packages are linked", len(all))
	}
	return all
}

func eachLinkedFile(t *testing.T, fn func(p goPackage, fset *token.FileSet, file *ast.File)) {
	t.Helper()
	for _, p := range linked(t) {
		path, ours := relative(p.ImportPath)
		if !ours {
			continue
		}
		for _, name := range p.GoFiles {
			fset := token.NewFileSet()
			file, err := parser.ParseFile(fset, filepath.Join(root, path, name), nil, parser.SkipObjectResolution)
			if err != nil {
				t.Fatal(err)
			}
			fn(p, fset, file)
		}
	}
}

// uses finds where a file names something of a package that it imports.
func uses(file *ast.File, of map[string][]string) map[string]token.Pos {
	local := map[string]string{}
	for _, spec := range file.Imports {
		path, _ := strconv.Unquote(spec.Path.Value)
		name := path[strings.LastIndex(path, "/")+1:]
		if spec.Name != nil {
			name = spec.Name.Name
		}
		local[name] = path
	}
	found := map[string]token.Pos{}
	ast.Inspect(file, func(n ast.Node) bool {
		s, ok := n.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		if x, ok := s.X.(*ast.Ident); ok && slices.Contains(of[local[x.Name]], s.Sel.Name) {
			found[local[x.Name]+"."+s.Sel.Name] = s.Pos()
		}
		return true
	})
	return found
}

// TestUsesFinds: the rules above see what they are meant to see.
func TestUsesFinds(t *testing.T) {
	const source = `package p
import ("net"; web "net/http")
func f() { net.Dial("tcp", "a:1"); net.DialUnix("unix", nil, nil); web.Get("x"); var d net.Dialer; _ = d }`
	file, err := parser.ParseFile(token.NewFileSet(), "p.go", source, 0)
	if err != nil {
		t.Fatal(err)
	}
	found := uses(file, calls)
	if len(found) != 2 || found["net.Dial"] == 0 || found["net.Dialer"] == 0 || len(uses(file, shared)) != 1 {
		t.Errorf("found %v and %v", found, uses(file, shared))
	}
}
