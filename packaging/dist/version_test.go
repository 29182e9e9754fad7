package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestPackageVersion holds versions to the order that dpkg sees in them, where
// it is here: the list is in the order of time.
func TestPackageVersion(t *testing.T) {
	at := time.Date(2026, 11, 25, 17, 2, 3, 0, time.UTC)
	list := []struct{ described, want string }{
		{"devel", "0~20261125170203.devel"},
		{"313b0b5", "0~20261125170203.313b0b5"},
		{"9999999", "0~20261125170203.9999999"},
		{"v0.1.0", "0.1.0"},
		{"v1.0.0-rc1", "1.0.0~rc1"},
		{"v1.0.0-rc2-3-gabcdef0", "1.0.0~rc2+3.gabcdef0"},
		{"v1.0.0", "1.0.0"},
		{"v1.0.0-dirty", "1.0.0+dirty"},
		{"1.0.1", "1.0.1"},
		{"v1.0.1-12-g0123abc", "1.0.1+12.g0123abc"},
		{"v1.0.1-12-g0123abc-dirty", "1.0.1+12.g0123abc+dirty"},
		{"v1.2", "1.2"},
	}
	for i, v := range list {
		got := packageVersion(v.described, at)
		if got != v.want {
			t.Errorf("%s: %s, want %s", v.described, got, v.want)
		}
		if _, err := exec.LookPath("dpkg"); err != nil || i == 0 {
			continue
		}
		before := packageVersion(list[i-1].described, at)
		if err := exec.Command("dpkg", "--compare-versions", before+"-1", "le", got+"-1").Run(); err != nil && i > 2 {
			t.Errorf("dpkg does not sort %s before %s: %v", before, got, err)
		}
	}
	if got := packageVersion("313b0b5-dirty; rm", at); strings.Trim(got, "0123456789.~abcdefghijklmnopqrstuvwxyz") != "" {
		t.Errorf("no version for a package: %s", got)
	}
}

// TestClear: a directory that is no release is left alone.
func TestClear(t *testing.T) {
	dir := t.TempDir()
	r := &release{out: dir}
	if err := r.clear(); err != nil {
		t.Errorf("an empty directory: %v", err)
	}
	mine := filepath.Join(dir, "thesis")
	if err := os.WriteFile(mine, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := r.clear(); err == nil {
		t.Error("a directory with something else in it was emptied")
	}
	if _, err := os.Stat(mine); err != nil {
		t.Error(err)
	}
	if err := os.WriteFile(filepath.Join(dir, sums), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := r.clear(); err != nil {
		t.Errorf("an old release: %v", err)
	}
}
