package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"klaxon/internal/decode"
	"klaxon/internal/evidence"
	"klaxon/internal/watch/capture"
)

func leafNamed(n int) leaf {
	return leaf{
		name: fmt.Sprintf("%026d", n) + evidenceSuffix, comment: "c", ifaces: []capture.Interface{{Name: "eth0", Link: decode.LinkRaw, Drops: 9}},
		frames: []evidence.Frame{{At: 5, Length: 60, Data: []byte("abc")}},
	}
}

// TestFolder: files are whole, for the group to read, and the oldest go when
// there are too many, those of earlier runs among them.
func TestFolder(t *testing.T) {
	path := filepath.Join(t.TempDir(), "kept")
	d, err := openFolder(path)
	if err != nil {
		t.Fatal(err)
	}
	old := leafNamed(0).name
	for i, name := range []string{old, "not ours", strings.Repeat("x", 40)} {
		if err := os.WriteFile(filepath.Join(path, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
		at := time.Unix(int64(1000+i), 0)
		if err := os.Chtimes(filepath.Join(path, name), at, at); err != nil {
			t.Fatal(err)
		}
	}
	d.patient = true
	if err := d.start(); err != nil {
		t.Fatal(err)
	}
	for n := range evidenceFiles {
		d.offer(leafNamed(1 + n))
		if n == 5 {
			d.offer(leafNamed(1)) // written anew, it is the newest
		}
	}
	if err := d.close(); err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(path)
	if err != nil || len(entries) != evidenceFiles+2 {
		t.Errorf("%d files, want %d and two that are not ours; %v", len(entries), evidenceFiles, err)
	}
	if _, err := os.Stat(filepath.Join(path, old)); err == nil {
		t.Error("the oldest file is still there")
	}
	file := filepath.Join(path, leafNamed(1).name)
	if info, err := os.Stat(file); err != nil || info.Mode().Perm()&^0o640 != 0 {
		t.Errorf("mode %v, %v", info, err)
	}
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r, err := capture.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := r.Next(); err != nil || r.Comment() != "c" || string(got.Data) != "abc" || got.Time != 5 || got.Length != 60 {
		t.Errorf("%+v with comment %q, %v", got, r.Comment(), err)
	}
}

// TestFolderStays: whoever puts a link in the place of the file being written
// gains nothing, and a disk that is too slow is told.
func TestFolderStays(t *testing.T) {
	dir := t.TempDir()
	victim := filepath.Join(dir, "victim")
	if err := os.WriteFile(victim, []byte("precious"), 0o600); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "kept")
	d, err := openFolder(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(victim, filepath.Join(path, scratch)); err != nil {
		t.Fatal(err)
	}
	if err := d.start(); err != nil {
		t.Fatal(err)
	}
	l := leafNamed(1)
	if err := os.Symlink(victim, filepath.Join(path, l.name)); err != nil {
		t.Fatal(err)
	}
	if err := d.write(&l); err != nil {
		t.Fatal(err)
	}
	if text, err := os.ReadFile(victim); err != nil || string(text) != "precious" {
		t.Errorf("%q, %v", text, err)
	}
	d.lost = 2
	if err := d.close(); err == nil || !strings.Contains(err.Error(), "too slow for 2 files") {
		t.Errorf("%v", err)
	}
	if err := (*folder)(nil).close(); err != nil {
		t.Error(err)
	}
	if _, err := openFolder(victim); err == nil {
		t.Error("a file is taken for a folder")
	}
}
