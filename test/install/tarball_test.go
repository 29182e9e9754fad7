//go:build linux

package install

import (
	"debug/elf"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

var programs = []string{"usr/sbin/klaxon", "usr/sbin/klaxon.ident", "usr/sbin/klaxond", "usr/sbin/tocsin", "usr/bin/klaxonctl"}

// TestPrograms: each runs, says its version, and needs nothing of the machine.
func TestPrograms(t *testing.T) {
	dir := unpacked(t)
	for _, program := range programs {
		path := filepath.Join(dir, program)
		if out := output(t, path, "-version"); !strings.Contains(out, " "+version+"\n") {
			t.Errorf("%s says of itself: %s", program, out)
		}
		f, err := elf.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		for _, p := range f.Progs {
			if p.Type == elf.PT_INTERP || p.Type == elf.PT_DYNAMIC {
				t.Errorf("%s wants a loader: it is not static", program)
			}
		}
		if s := f.Section(".note.go.buildid"); s != nil {
			if text, err := s.Data(); err != nil || strings.Contains(string(text), "/") {
				t.Errorf("%s has a build id: %q, %v", program, text, err)
			}
		}
	}
}

// TestInstallAndDistAgree: `make install` of the same tree lays the same files to
// the same places, but for the documents that only packages carry.
func TestInstallAndDistAgree(t *testing.T) {
	to := t.TempDir()
	cmd := exec.Command("make", "install", "DESTDIR="+to, "VERSION="+version)
	cmd.Dir = copyTree(t)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	var want, got []string
	for path := range contents(t, unpacked(t)) {
		if !strings.HasPrefix(path, "usr/share/doc/") {
			want = append(want, strings.TrimSuffix(path, ".gz"))
		}
	}
	for path := range contents(t, to) {
		got = append(got, path)
	}
	slices.Sort(want)
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("make install: %s\nmake dist:    %s", strings.Join(got, " "), strings.Join(want, " "))
	}
}

// TestNothingOfThisMachine: no program holds a path of whoever built it.
func TestNothingOfThisMachine(t *testing.T) {
	tree, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	home, err := os.UserHomeDir()
	if err != nil {
		t.Fatal(err)
	}
	for path, text := range contents(t, unpacked(t)) {
		for _, mine := range []string{tree + "/", home + "/"} {
			// /root/ is a home that documents may well name.
			if mine != "/root/" && strings.Contains(text, mine) {
				t.Errorf("%s holds %s", path, mine)
			}
		}
	}
}
