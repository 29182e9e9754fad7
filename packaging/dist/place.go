package main

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// doc is where what is for people lies.
const doc = "usr/share/doc/klaxon/"

// placed are the files of the tree that are installed. TestInstallAndDistAgree
// holds `make install` to the same list.
var placed = []struct {
	from string // a pattern
	to   string // a directory
	zip  bool
	as   string // its name there, when that is another
}{
	{from: "docs/man/*.8", to: "usr/share/man/man8/", zip: true},
	{from: "docs/man/*.5", to: "usr/share/man/man5/", zip: true},
	{from: "packaging/systemd/*.service", to: "usr/lib/systemd/system/"},
	{from: "packaging/systemd/*.socket", to: "usr/lib/systemd/system/"},
	{from: "packaging/sysusers.d/*.conf", to: "usr/lib/sysusers.d/"},
	{from: "packaging/tmpfiles.d/*.conf", to: "usr/lib/tmpfiles.d/"},
	{from: "packaging/klaxon.toml", to: "etc/klaxon/"},
	{from: "packaging/integrations/logrotate/klaxon", to: "etc/logrotate.d/"},
	{from: "README.md", to: doc},
	{from: "SECURITY.md", to: doc},
	{from: "CHANGELOG.md", to: doc, zip: true, as: "changelog"}, // Debian's name for it
	{from: "docs/schema/*.json", to: doc + "schema/"},
}

// place lays the files beside the programs.
func (t *tree) place() error {
	for _, p := range placed {
		files, err := filepath.Glob(p.from)
		if err != nil || len(files) == 0 {
			return fmt.Errorf("no file is %s", p.from)
		}
		for _, from := range files {
			if err := t.placeOne(from, p.to+cmp.Or(p.as, filepath.Base(from)), p.zip); err != nil {
				return err
			}
		}
	}
	for file, to := range map[string]string{
		"klaxonctl":      "usr/share/bash-completion/completions/klaxonctl",
		"klaxonctl.fish": "usr/share/fish/vendor_completions.d/klaxonctl.fish",
	} {
		if err := t.placeOne(t.completion(file), to, false); err != nil {
			return err
		}
	}
	return t.integrations()
}

func (t *tree) placeOne(from, to string, zip bool) error {
	text, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	if zip {
		to += ".gz"
		if text, err = zipped(text); err != nil {
			return err
		}
	}
	return write(filepath.Join(t.root, to), text, 0o644)
}

// examples is where Debian's policy (12.6) wants what is to be copied.
const examples = doc + "examples/"

// integrations are examples: nothing of them works before the administrator has
// copied it to the program that it is for. What logrotate does is no choice of his:
// files that grow for ever are none, and so that one is installed.
func (t *tree) integrations() error {
	const from = "packaging/integrations/"
	return filepath.WalkDir(from, func(path string, d os.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && d.Name() == "logrotate":
			return filepath.SkipDir
		case d.IsDir() || strings.HasSuffix(path, ".go"):
			return nil
		}
		return t.placeOne(path, examples+strings.TrimPrefix(path, from), false)
	})
}

// zipped compresses without a name and a time in it, like gzip -n.
func zipped(text []byte) ([]byte, error) {
	var b bytes.Buffer
	w, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(text); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// write makes the file and what leads to it, with modes that do not depend on
// the umask of whoever builds.
func write(path string, text []byte, mode os.FileMode) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	if err := os.WriteFile(path, text, mode); err != nil {
		return err
	}
	return os.Chmod(path, mode)
}
