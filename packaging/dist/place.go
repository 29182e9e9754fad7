package main

import (
	"bytes"
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
}{
	{from: "docs/man/*.8", to: "usr/share/man/man8/", zip: true},
	{from: "docs/man/*.5", to: "usr/share/man/man5/", zip: true},
	{from: "packaging/systemd/*.service", to: "usr/lib/systemd/system/"},
	{from: "packaging/systemd/*.socket", to: "usr/lib/systemd/system/"},
	{from: "packaging/sysusers.d/*.conf", to: "usr/lib/sysusers.d/"},
	{from: "packaging/tmpfiles.d/*.conf", to: "usr/lib/tmpfiles.d/"},
	{from: "packaging/klaxon.toml", to: "etc/klaxon/"},
	{from: "README.md", to: doc},
	{from: "SECURITY.md", to: doc},
	{from: "CHANGELOG.md", to: doc, zip: true},
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
			if err := t.placeOne(from, p.to+filepath.Base(from), p.zip); err != nil {
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

// integrations go where the documentation is: nothing of them works before the
// administrator has copied it to the program that it is for.
func (t *tree) integrations() error {
	const from = "packaging/integrations"
	if _, err := os.Stat(from); os.IsNotExist(err) {
		return nil
	}
	return filepath.WalkDir(from, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.HasSuffix(path, ".go") {
			return err
		}
		return t.placeOne(path, doc+strings.TrimPrefix(path, "packaging/"), false)
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
