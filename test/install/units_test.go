//go:build linux

package install

import (
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"klaxon/internal/nstest"
)

// TestUnitsAsInstalled: systemd finds nothing wrong with the units where the
// package has put programs, user and pages that they name, and those that start
// something are as closed as packaging.TestExposure wants the files to be.
func TestUnitsAsInstalled(t *testing.T) {
	onMachine(t, func(t *testing.T, _ *nstest.Net, m machine) {
		m.install(t)
		units, err := filepath.Glob(m.path("usr/lib/systemd/system/klaxon*"))
		if err != nil || len(units) < 5 {
			t.Fatal(units, err)
		}
		for _, unit := range units {
			name := path.Base(unit)
			if out := m.run(t, "systemd-analyze", "verify", "--man=no", name); strings.Contains(out, "klaxon") {
				t.Errorf("%s:\n%s", name, out)
			}
			if strings.HasSuffix(name, ".service") {
				m.run(t, "systemd-analyze", "security", "--offline=yes", "--no-pager", "--threshold=20", name)
			}
		}
	})
}

// TestUnitsFindWhatTheyName: the programs and manual pages that units name lie
// where the package puts them.
func TestUnitsFindWhatTheyName(t *testing.T) {
	dir := unpacked(t)
	units, err := filepath.Glob(filepath.Join(dir, "usr/lib/systemd/system/*"))
	if err != nil || len(units) < 5 {
		t.Fatal(units, err)
	}
	program := regexp.MustCompile(`(?m)^Exec[A-Za-z]*=-?(/usr/s?bin/\S+)`)
	page := regexp.MustCompile(`man:([a-z.]+)\((\d)\)`)
	for _, unit := range units {
		text, err := os.ReadFile(unit)
		if err != nil {
			t.Fatal(err)
		}
		var named []string
		for _, m := range program.FindAllStringSubmatch(string(text), -1) {
			named = append(named, m[1])
		}
		for _, m := range page.FindAllStringSubmatch(string(text), -1) {
			named = append(named, "usr/share/man/man"+m[2]+"/"+m[1]+"."+m[2]+".gz")
		}
		if len(named) == 0 || strings.HasSuffix(unit, ".service") && len(named) < 2 {
			t.Errorf("%s names only %v", filepath.Base(unit), named)
		}
		for _, name := range named {
			if _, err := os.Stat(filepath.Join(dir, name)); err != nil {
				t.Errorf("%s: %v", filepath.Base(unit), err)
			}
		}
	}
}
