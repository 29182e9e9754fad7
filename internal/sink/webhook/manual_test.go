package webhook

import (
	"os"
	"reflect"
	"regexp"
	"slices"
	"testing"
)

// TestManual: klaxon.toml(5) lists every field that a template has, and no other.
func TestManual(t *testing.T) {
	text, err := os.ReadFile("../../../docs/man/klaxon.toml.5")
	if err != nil {
		t.Fatal(err)
	}
	section := regexp.MustCompile(`(?s)\n\.Sh TEMPLATES\n(.*?)\n\.Sh `).Find(text)
	var listed, want []string
	for _, line := range regexp.MustCompile(`(?m)^\.It Li (.*)$`).FindAllSubmatch(section, -1) {
		for _, m := range regexp.MustCompile(`\.([A-Za-z]+)`).FindAllSubmatch(line[1], -1) {
			listed = append(listed, string(m[1]))
		}
	}
	for _, f := range reflect.VisibleFields(reflect.TypeFor[Data]()) {
		want = append(want, f.Name)
	}
	slices.Sort(listed)
	slices.Sort(want)
	if !slices.Equal(listed, want) {
		t.Errorf("it lists %v\nwant %v", listed, want)
	}
}
