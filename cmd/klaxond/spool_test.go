package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"klaxon"
	"klaxon/internal/owed"
)

// spooler is a daemon with a store that keeps nothing, and the file of what the
// output hook owes.
func spooler(t *testing.T) (d *daemon, path string, said *bytes.Buffer) {
	t.Helper()
	said = &bytes.Buffer{}
	d = &daemon{stdout: said, stderr: said, keeper: &keeper{}, boot: "b"}
	d.cfg.Store.Path = filepath.Join(t.TempDir(), "klaxon.db")
	if err := os.Mkdir(d.arrearsDir(), 0o700); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(d.closeSpools)
	return d, filepath.Join(d.arrearsDir(), "hook"+arrearsSuffix), said
}

// wantTold wants one statement of that kind and count about hook, and a line.
func wantTold(t *testing.T, d *daemon, said string, what klaxon.HealthWhat, count uint64, words string) {
	t.Helper()
	if len(d.keeper.untold) != 1 {
		t.Fatalf("it tells %+v", d.keeper.untold)
	}
	h := d.keeper.untold[0]
	if h.What != what || h.Count != count || h.Output != "hook" || !strings.Contains(h.Detail, words) || h.Since.IsZero() {
		t.Errorf("it tells %+v", h)
	}
	if !strings.Contains(said, words) {
		t.Errorf("it says %q", said)
	}
}

// TestSpoolOfAPipe: with a pipe in the place of its list an output works with its
// queue alone, and that is told.
func TestSpoolOfAPipe(t *testing.T) {
	d, path, said := spooler(t)
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	if s := d.spool("hook"); s.Owed != nil {
		t.Error("it has a list")
	}
	wantTold(t, d, said.String(), klaxon.HealthDisk, 0, "no regular file")
	if list := d.trouble.list(); len(list) != 1 || !strings.Contains(list[0], "no regular file") {
		t.Errorf("amiss is %q", list)
	}
}

// TestSpoolOfAnother: a file that is no list is put aside, and that is told.
func TestSpoolOfAnother(t *testing.T) {
	d, path, said := spooler(t)
	if err := os.WriteFile(path, []byte("somebody's notes, not a list of what is owed"), 0o600); err != nil {
		t.Fatal(err)
	}
	if s := d.spool("hook"); s.Owed == nil {
		t.Error("it has no list")
	}
	wantTold(t, d, said.String(), klaxon.HealthDisk, 0, path+".damaged-")
}

// TestSpoolDamaged: entries that are damaged are told as lost, with their count.
func TestSpoolDamaged(t *testing.T) {
	d, path, said := spooler(t)
	list, err := owed.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	for n := range uint64(20) {
		list.Add(owed.Entry{Kind: owed.Alarm, Boot: 1, Seq: n + 1})
	}
	if err := list.Close(); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	data[41] ^= 1  // in the first
	data[200] ^= 1 // in the sixth
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	if s := d.spool("hook"); s.Owed == nil || s.Owed.Len() != 18 {
		t.Errorf("not 18 are owed: %+v", s.Owed)
	}
	wantTold(t, d, said.String(), klaxon.HealthDrops, 2, "damaged")
}
