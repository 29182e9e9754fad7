package config

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestModes: a profile changes what is the default, and what is written comes
// before it.
func TestModes(t *testing.T) {
	for _, tt := range []struct {
		what, text string
		mode       Mode
		services   []string
		warning    string
	}{
		{"nothing", "", ModeActive, []string{"classic", "modern"}, ""},
		{"a plant", `profile = "ics"`, ModePassive, []string{"ics"}, ""},
		{"a plant that asks", "profile = \"ics\"\nident = \"all\"", ModePassive, []string{"ics"}, "ident and names stay off"},
		{"a plant, forced", "profile = \"ics\"\nmode = \"active\"", ModeActive, []string{"ics"}, ""},
		{"a plant of its own", "profile = \"ics\"\nservices = [\"tcp/502\"]", ModePassive, []string{"tcp/502"}, "arms no trap: services and addresses count for nothing"},
		{"a trap that is forced", "profile = \"ics\"\nmode = \"active\"\nservices = [\"tcp/502\"]", ModeActive, []string{"tcp/502"}, ""},
		{"no trap", "services = []", ModeActive, []string{}, "services = [] arms no trap"},
		{"passive", "mode = \"passive\"\nnames = true", ModePassive, []string{"classic", "modern"}, "ident and names stay off"},
	} {
		dir := t.TempDir()
		write(t, filepath.Join(dir, "klaxon.toml"), tt.text)
		c, warnings, err := Load("", testPaths(dir), check)
		if err != nil {
			t.Fatal(tt.what, err)
		}
		if c.Mode != tt.mode || !slices.Equal(c.Services, tt.services) {
			t.Errorf("%s: mode %s, services %v", tt.what, c.Mode, c.Services)
		}
		if c.Mode == ModePassive && (c.Ident != IdentOff || c.Names) {
			t.Errorf("%s: would ask", tt.what)
		}
		if said := len(warnings) == 1 && strings.Contains(warnings[0].Text, tt.warning); said != (tt.warning != "") {
			t.Errorf("%s: warnings %v", tt.what, warnings)
		}
	}
}

func TestMemory(t *testing.T) {
	for text, want := range map[string]int64{
		"4M": 4 << 20, "4194304": 4 << 20, "8192K": 8 << 20, "1G": 1 << 30, "8G": 8 << 30,
		"9G": 0, "": 0, "M": 0, "-64M": 0, "64MB": 0, "9223372036854775807G": 0, "3M": 0,
	} {
		c := Default(Paths{})
		problems := c.merge("f", []byte("wire.mem = '"+text+"'"), check, map[string]bool{})
		if want == 0 && len(problems) != 1 || want != 0 && (len(problems) > 0 || c.Wire.Memory != want) {
			t.Errorf("%q: %d, %v", text, c.Wire.Memory, problems)
		}
	}
}
