package repotest

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// layer is one row of the table in docs/ARCHITECTURE.md.
type layer struct {
	name     string
	packages []string // below klaxon/, "x/..." with all below it; "." is the root
	may      []string // what of klaxon/ they may import, in the same form
	outside  []string // modules beside the standard library
	reason   string   // told when the rule is broken
}

var layers = []layer{
	{
		name: "0 nouns", packages: []string{"."},
		reason: "everybody imports the nouns, so they import nobody",
	},
	{
		name:     "1 leaves",
		packages: []string{"internal/decode", "internal/nearest", "internal/render", "internal/services/...", "internal/ident", "internal/names", "internal/syslog", "internal/systemd", "internal/sandbox", "internal/recordid", "internal/plot", "internal/hugepage", "internal/statefile", "internal/chain", "internal/firewall", "internal/secret", "internal/outbound", "internal/owed"},
		may:      []string{".", "internal/services/grade", "internal/nearest", "internal/secret", "internal/render", "internal/decode", "internal/statefile"},
		outside:  []string{"golang.org/x/sys", "golang.org/x/net"},
		reason:   "a leaf does one thing and can be read alone",
	},
	{
		name:     "2 in",
		packages: []string{"internal/watch/...", "internal/handover/...", "internal/enrich"},
		may: []string{".", "internal/decode", "internal/render", "internal/services/...", "internal/ident", "internal/names", "internal/syslog", "internal/sandbox",
			"internal/handover/...", "internal/watch/capture"},
		outside: []string{"golang.org/x/sys", "golang.org/x/net/bpf", "github.com/gopacket/gopacket"},
		reason:  "a watcher yields observations and knows nothing of what becomes of them",
	},
	{
		name: "2 think", packages: []string{"internal/track", "internal/classify", "internal/policy", "internal/evidence"},
		may:    []string{".", "internal/decode", "internal/track", "internal/services/...", "internal/recordid", "internal/hugepage"},
		reason: "judgement is pure: no sockets, files, log or clock",
	},
	{
		name: "2 out", packages: []string{"internal/format/...", "internal/sink/..."},
		may:    []string{".", "internal/render", "internal/secret", "internal/outbound"},
		reason: "a sink takes records and knows nothing of where they came from",
	},
	{
		name: "2 out, kept", packages: []string{"internal/store/..."},
		may:     []string{".", "internal/render", "internal/chain", "internal/store"},
		outside: []string{"golang.org/x/sys", "modernc.org/sqlite"},
		reason:  "a store keeps records and knows nothing of where they came from; only its one adapter knows the database",
	},
	{
		name: "3 join", packages: []string{"internal/pipeline/...", "internal/config"},
		may: []string{".", "internal/owed", "internal/format", "internal/nearest", "internal/decode", "internal/track", "internal/classify", "internal/policy", "internal/recordid",
			"internal/pipeline/...", "internal/watch/capture", "internal/secret"},
		outside: []string{"github.com/pelletier/go-toml/v2"},
		reason:  "what joins the stages knows their interfaces, not the concrete parts",
	},
	{
		name: "3 join, asked", packages: []string{"internal/control"},
		may:     []string{".", "internal/render", "internal/chain", "internal/store"},
		outside: []string{"golang.org/x/sys"},
		reason:  "what answers klaxonctl knows the interfaces of store and host, not the parts",
	},
	{
		name: "3 join, checked", packages: []string{"internal/check"},
		may: []string{".", "internal/config", "internal/firewall", "internal/render", "internal/services",
			"internal/secret", "internal/outbound", "internal/sandbox", "internal/sink/webhook"},
		outside: []string{"golang.org/x/sys"},
		reason:  "a check looks at the configuration and at the host, not at a running daemon",
	},
	{
		name: "3 join, drilled", packages: []string{"internal/drill/..."},
		may:     []string{".", "internal/decode", "internal/track", "internal/drill"},
		outside: []string{"golang.org/x/sys"},
		reason:  "a drill knows what a probe is and what detection made of it, not the parts",
	},
	{
		name: "4 run", packages: []string{"cmd/..."},
		may:     []string{"..."},
		outside: []string{"golang.org/x/sys"},
		reason:  "only commands pick concrete parts",
	},
}

// testOnly packages are imported by tests alone and may import anything.
var testOnly = []string{"internal/nstest", "internal/synth/...", "internal/repotest", "internal/render/rendertest", "internal/sink/sinktest", "internal/outbound/outboundtest", "internal/store/storetest", "docs/schema", "packaging/...", "test/..."}

type goPackage struct {
	ImportPath string
	Doc        string
	Imports    []string
	GoFiles    []string
	Standard   bool
	Module     *struct{ Path string }
}

func goList(t *testing.T, args ...string) []goPackage {
	t.Helper()
	cmd := exec.Command("go", append([]string{"list", "-json=ImportPath,Doc,Imports,GoFiles,Standard,Module"}, args...)...)
	cmd.Dir = "../.."
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var all []goPackage
	for dec := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p goPackage
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			return all
		} else if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
}

// relative returns a package's path below the module, "." for the root, and
// false for a package of somebody else.
func relative(path string) (string, bool) {
	if path == "klaxon" {
		return ".", true
	}
	return strings.CutPrefix(path, "klaxon/")
}

func matches(patterns []string, path string) bool {
	for _, p := range patterns {
		base, tree := strings.CutSuffix(p, "...")
		if p == path || tree && strings.HasPrefix(path+"/", base) {
			return true
		}
	}
	return false
}

func layerOf(path string) *layer {
	for i := range layers {
		if matches(layers[i].packages, path) {
			return &layers[i]
		}
	}
	return nil
}

func TestLayers(t *testing.T) {
	for _, p := range goList(t, "./...") {
		path, _ := relative(p.ImportPath)
		if matches(testOnly, path) || len(p.GoFiles) == 0 {
			continue
		}
		l := layerOf(path)
		if l == nil {
			t.Errorf("%s stands in no layer: add it to the table in layers_test.go", path)
			continue
		}
		for _, imported := range p.Imports {
			if !allowed(l, path, imported) {
				t.Errorf("%s (layer %s) imports %s: %s", path, l.name, imported, l.reason)
			}
		}
	}
}

func allowed(l *layer, from, imported string) bool {
	if to, ours := relative(imported); ours {
		return !matches(testOnly, to) && matches(l.may, to)
	}
	if first, _, _ := strings.Cut(imported, "/"); !strings.Contains(first, ".") {
		return true // the standard library
	}
	for _, m := range l.outside {
		if imported == m || strings.HasPrefix(imported, m+"/") {
			return true
		}
	}
	return false
}

func TestThinkingIsPure(t *testing.T) {
	forbidden := []string{"net", "os", "log", "log/slog", "os/exec", "syscall"}
	for _, p := range goList(t, "./internal/policy/...") {
		for _, imported := range p.Imports {
			for _, f := range forbidden {
				if imported == f {
					t.Errorf("%s imports %s: judgement must replay exactly from its input", p.ImportPath, f)
				}
			}
		}
	}
}

// TestNoShell: a program that sees hostile data starts no other. The C library
// that SQLite is translated against has system(3), which SQLite does not call;
// that package alone may link os/exec.
func TestNoShell(t *testing.T) {
	const libc = "modernc.org/libc"
	for _, cmd := range []string{"klaxon", "klaxond", "tocsin"} {
		for _, p := range goList(t, "-deps", "./cmd/"+cmd) {
			if p.ImportPath != libc && slices.Contains(p.Imports, "os/exec") {
				t.Errorf("%s links os/exec for %s: a program that sees hostile data starts no other", cmd, p.ImportPath)
			}
			if p.ImportPath == libc && cmd != "klaxond" {
				t.Errorf("%s links a C library", cmd)
			}
		}
	}
}

func TestPackageDocs(t *testing.T) {
	banned := map[string]bool{"util": true, "utils": true, "common": true, "types": true, "helper": true, "helpers": true, "manager": true}
	for _, p := range goList(t, "./...") {
		if len(p.GoFiles) == 0 {
			continue
		}
		if p.Doc == "" {
			t.Errorf("%s has no package comment", p.ImportPath)
		}
		if name := p.ImportPath[strings.LastIndex(p.ImportPath, "/")+1:]; banned[name] {
			t.Errorf("package name %s says nothing", p.ImportPath)
		}
	}
}
