package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// changes writes what both kinds of package say of their latest version, which
// is no more than that there is one: what is new in it says CHANGELOG.md, and
// packages carry that as well. For rpm nfpm wants it in a form of its own, and YAML
// takes JSON; for dpkg nfpm makes of that what Debian's programs do not read.
func (r *release) changes() error {
	type note struct {
		Note string `json:"note"`
	}
	version := packageVersion(r.version, r.time) + "-1"
	news := "Packages of klaxon " + r.version + "; what is new: /usr/share/doc/klaxon/changelog.gz"
	rpm, err := json.Marshal([]map[string]any{{
		"semver": version, "date": r.time.Format(time.RFC3339), "packager": r.maintainer, "changes": []note{{news}},
	}})
	if err != nil {
		return err
	}
	deb, err := zipped(fmt.Appendf(nil, "klaxon (%s) unstable; urgency=medium\n\n  * %s\n\n -- %s  %s\n",
		version, news, r.maintainer, r.time.Format(time.RFC1123Z)))
	return errors.Join(err, write(r.changelog("rpm"), rpm, 0o644), write(r.changelog("deb"), deb, 0o644))
}

func (r *release) changelog(kind string) string { return filepath.Join(r.work, "changelog."+kind) }

// recipe writes what nfpm reads for a kind of package: packaging/nfpm.yaml, with
// what rpm is to know for documentation (rpm -qd, and --excludedocs leaves it out),
// of which nfpm wants each file by its name.
func (t *tree) recipe(kind string) (path string, err error) {
	text, err := os.ReadFile("packaging/nfpm.yaml")
	if err != nil {
		return "", err
	}
	var b strings.Builder
	b.Write(text)
	as := map[string]string{"deb": "file", "rpm": "doc"}[kind]
	for _, dir := range []string{"usr/share/doc", "usr/share/man"} {
		err := filepath.WalkDir(filepath.Join(t.root, dir), func(path string, d fs.DirEntry, err error) error {
			if err == nil && !d.IsDir() {
				fmt.Fprintf(&b, "  - {src: %q, dst: %q, type: %s}\n", path, strings.TrimPrefix(path, t.root), as)
			}
			return err
		})
		if err != nil {
			return "", err
		}
	}
	if kind == "rpm" {
		fmt.Fprintf(&b, "changelog: %q\n", t.changelog(kind))
	}
	path = filepath.Join(t.work, t.arch+"."+kind+".yaml")
	return path, os.WriteFile(path, []byte(b.String()), 0o644)
}
