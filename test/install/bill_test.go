//go:build linux

package install

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// billOf is the part of the bill of materials that is held against the programs.
type billOf struct {
	Serial     string `json:"serialNumber"`
	Components []struct {
		Ref     string `json:"bom-ref"`
		Name    string
		Version string
		URL     string `json:"purl"`
		Hashes  []struct{ Content string }
	}
	Dependencies []struct {
		Ref string
		On  []string `json:"dependsOn"`
	}
}

// TestBillIsValid holds the document to CycloneDX's own schema.
func TestBillIsValid(t *testing.T) {
	cmd := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/CycloneDX/cyclonedx-go")
	cmd.Dir = "../../packaging/tools"
	out, err := cmd.Output()
	dir := filepath.Join(strings.TrimSpace(string(out)), "schema")
	if _, missing := os.Stat(dir); err != nil || missing != nil {
		t.Skip("SKIPPED: schema of the bill of materials: github.com/CycloneDX/cyclonedx-go is not here (cd packaging/tools && go mod download)")
	}
	compiler := jsonschema.NewCompiler()
	for _, name := range []string{"spdx.schema.json", "jsf-0.82.schemax.json", "bom-1.6.schema.json"} {
		if err := compiler.AddResource("http://cyclonedx.org/schema/"+strings.Replace(name, "schemax", "schema", 1), decoded(t, filepath.Join(dir, name))); err != nil {
			t.Fatal(err)
		}
	}
	schema, err := compiler.Compile("http://cyclonedx.org/schema/bom-1.6.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := schema.Validate(decoded(t, find(t, "*.cdx.json"))); err != nil {
		t.Error(err)
	}
}

func decoded(t *testing.T, path string) any {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	value, err := jsonschema.UnmarshalJSON(f)
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	return value
}

// TestBillIsTrue: for each program it lists what `go version -m` prints, and the
// hash that the program has; and the licence of every part is in the package.
func TestBillIsTrue(t *testing.T) {
	text, err := os.ReadFile(find(t, "*.cdx.json"))
	if err != nil {
		t.Fatal(err)
	}
	var b billOf
	if err := json.Unmarshal(text, &b); err != nil {
		t.Fatal(err)
	}
	hashes, known, depends := map[string]string{}, map[string]bool{}, map[string]string{}
	for _, c := range b.Components {
		known[c.Ref] = true
		if len(c.Hashes) == 1 {
			hashes[c.Ref] = c.Hashes[0].Content
		}
	}
	for _, d := range b.Dependencies {
		depends[d.Ref] = strings.Join(d.On, " ") + " "
		for _, on := range d.On {
			if !known[on] {
				t.Errorf("%s depends on %s, which is no component", d.Ref, on)
			}
		}
	}
	dir := unpacked(t)
	copyright := contents(t, dir)["usr/share/doc/klaxon/copyright"]
	licences := output(t, "gzip", "-dc", filepath.Join(dir, "usr/share/doc/klaxon/third-party.gz"))
	linked := map[string]bool{}
	for _, program := range programs {
		ref := "klaxon/" + filepath.Base(program)
		text, err := os.ReadFile(filepath.Join(dir, program))
		if err != nil {
			t.Fatal(err)
		}
		if sum := sha256.Sum256(text); hashes[ref] != hex.EncodeToString(sum[:]) {
			t.Errorf("%s has another hash than the bill says", program)
		}
		parts := linkedInto(t, filepath.Join(dir, program))
		if len(parts) < 2 {
			t.Errorf("go version -m lists %v of %s", parts, program)
		}
		if n := strings.Count(depends[ref], " "); n != len(parts) {
			t.Errorf("%s has %d parts, and the bill lists %d: %s", program, len(parts), n, depends[ref])
		}
		for _, part := range parts {
			linked[part] = true
			if !strings.Contains(depends[ref], "pkg:golang/"+part+" ") {
				t.Errorf("the bill does not list %s of %s", part, program)
			}
		}
	}
	for part := range linked {
		name, _, _ := strings.Cut(part, "@")
		if name == "stdlib" {
			name = "the Go standard library"
		}
		if !strings.Contains(licences, "---- "+name+": ") || !strings.Contains(copyright, "\n  "+name+"\n") {
			t.Errorf("the licence of %s is not in the package, or not named", name)
		}
	}
}

// linkedInto reads `go version -m`: NAME@VERSION of the standard library and of
// each module.
func linkedInto(t *testing.T, program string) (parts []string) {
	t.Helper()
	for i, line := range strings.Split(output(t, "go", "version", "-m", program), "\n") {
		f := strings.Fields(line)
		switch {
		case i == 0:
			parts = append(parts, "stdlib@"+strings.TrimPrefix(f[len(f)-1], "go"))
		case len(f) >= 3 && f[0] == "dep":
			parts = append(parts, f[1]+"@"+f[2])
		}
	}
	return parts
}
