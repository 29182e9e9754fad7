package main

import (
	"crypto/sha256"
	"debug/buildinfo"
	"encoding/json"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// The bill of materials is a CycloneDX 1.6 document: what `go version -m` reads
// in each program, in a form that scanners of vulnerabilities take.
type bill struct {
	Format       string       `json:"bomFormat"`
	Spec         string       `json:"specVersion"`
	Serial       string       `json:"serialNumber"`
	Version      int          `json:"version"`
	Metadata     metadata     `json:"metadata"`
	Components   []component  `json:"components"`
	Dependencies []dependency `json:"dependencies"`
}

type metadata struct {
	Time      string    `json:"timestamp"`
	Component component `json:"component"`
}

type component struct {
	Ref        string     `json:"bom-ref"`
	Type       string     `json:"type"`
	Name       string     `json:"name"`
	Version    string     `json:"version"`
	Hashes     []hash     `json:"hashes,omitempty"`
	Licences   []licence  `json:"licenses,omitempty"`
	URL        string     `json:"purl,omitempty"`
	Properties []property `json:"properties,omitempty"`
}

type (
	hash struct {
		Alg     string `json:"alg"`
		Content string `json:"content"`
	}
	licence struct {
		License licenceID `json:"license"`
	}
	licenceID struct {
		ID string `json:"id"`
	}
	property   struct{ Name, Value string }
	dependency struct {
		Ref string   `json:"ref"`
		On  []string `json:"dependsOn"`
	}
)

func (p property) MarshalJSON() ([]byte, error) {
	return json.Marshal(map[string]string{"name": p.Name, "value": p.Value})
}

// bill writes the document beside the packages and into the tree.
func (t *tree) bill() error {
	b := bill{Format: "CycloneDX", Spec: "1.6", Version: 1}
	b.Metadata.Time = t.time.Format(time.RFC3339)
	b.Metadata.Component = t.ours("klaxon", "application")
	modules := map[string]component{}
	top := dependency{Ref: "klaxon"}
	for _, p := range programs {
		c, on, err := t.program(p.name, filepath.Join(t.root, p.dir, p.name), modules)
		if err != nil {
			return err
		}
		b.Components = append(b.Components, c)
		b.Dependencies = append(b.Dependencies, on)
		top.On = append(top.On, c.Ref)
	}
	b.Dependencies = append(b.Dependencies, top)
	for _, ref := range slices.Sorted(maps.Keys(modules)) {
		b.Components = append(b.Components, modules[ref])
	}
	return t.writeBill(b)
}

func (t *tree) ours(name, kind string) component {
	return component{Ref: name, Type: kind, Name: name, Version: t.version, Licences: []licence{{licenceID{"BSD-2-Clause"}}}}
}

// program tells of one program, and adds the modules that are linked into it.
func (t *tree) program(name, path string, modules map[string]component) (component, dependency, error) {
	sum, err := sumOf(path)
	if err != nil {
		return component{}, dependency{}, err
	}
	info, err := buildinfo.ReadFile(path)
	if err != nil {
		return component{}, dependency{}, fmt.Errorf("what %s is made of: %w", name, err)
	}
	c := t.ours(name, "application")
	c.Ref = "klaxon/" + name
	c.Hashes = []hash{{"SHA-256", sum}}
	std := module("stdlib", strings.TrimPrefix(info.GoVersion, "go"), "")
	on := dependency{Ref: c.Ref, On: []string{std.Ref}}
	modules[std.Ref] = std
	for _, d := range info.Deps {
		if d.Replace != nil {
			d = d.Replace
		}
		m := module(d.Path, d.Version, d.Sum)
		modules[m.Ref] = m
		on.On = append(on.On, m.Ref)
	}
	return c, on, nil
}

func module(path, version, sum string) component {
	c := component{Type: "library", Name: path, Version: version, URL: "pkg:golang/" + path + "@" + version}
	c.Ref = c.URL
	if sum != "" {
		// Go's hash of a module is none that CycloneDX knows.
		c.Properties = []property{{"go:sum", sum}}
	}
	return c
}

// writeBill gives the document a serial number that follows from what is in it.
func (t *tree) writeBill(b bill) error {
	text, err := json.Marshal(b)
	if err != nil {
		return err
	}
	id := sha256.Sum256(text)
	id[6] = id[6]&0x0f | 0x80 // version 8: of the maker's own making
	id[8] = id[8]&0x3f | 0x80
	b.Serial = fmt.Sprintf("urn:uuid:%x-%x-%x-%x-%x", id[:4], id[4:6], id[6:8], id[8:10], id[10:16])
	if text, err = json.MarshalIndent(b, "", "  "); err != nil {
		return err
	}
	text = append(text, '\n')
	if err := write(filepath.Join(t.root, doc, "sbom.cdx.json"), text, 0o644); err != nil {
		return err
	}
	return write(filepath.Join(t.out, t.name()+".cdx.json"), text, 0o644)
}
