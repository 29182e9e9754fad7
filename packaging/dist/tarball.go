package main

import (
	"archive/tar"
	"compress/gzip"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// name is what the files of the release that nobody installs by a tool begin
// with.
func (t *tree) name() string { return "klaxon-" + t.version + "-linux-" + t.arch }

// tarball writes the tree, to be unpacked in / or looked at anywhere.
func (t *tree) tarball() (err error) {
	f, err := os.Create(filepath.Join(t.out, t.name()+".tar.gz"))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	gz := gzip.NewWriter(f)
	w := tar.NewWriter(gz)
	if err := t.archive(w); err != nil {
		return err
	}
	return errors.Join(w.Close(), gz.Close())
}

func (t *tree) archive(w *tar.Writer) error {
	// WalkDir goes in the order of names.
	err := filepath.WalkDir(t.root, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		return add(w, path, t.name()+strings.TrimPrefix(path, t.root), t.time)
	})
	if err != nil {
		return err
	}
	return add(w, t.completion("_klaxonctl"), t.name()+"/usr/share/zsh/site-functions/_klaxonctl", t.time)
}

func add(w *tar.Writer, path, name string, at time.Time) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close() // it is only read
	info, err := f.Stat()
	if err != nil {
		return err
	}
	header := &tar.Header{Name: name, Size: info.Size(), Mode: int64(modeOf(info)), ModTime: at, Uname: "root", Gname: "root"}
	if err := w.WriteHeader(header); err != nil {
		return err
	}
	_, err = io.Copy(w, f)
	return err
}

// modeOf is 0755 for what runs and 0644 for the rest, whatever the umask was.
func modeOf(info os.FileInfo) os.FileMode {
	if info.Mode()&0o100 != 0 {
		return 0o755
	}
	return 0o644
}
