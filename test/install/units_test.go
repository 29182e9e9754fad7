//go:build linux

package install

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

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
