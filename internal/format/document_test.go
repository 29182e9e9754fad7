package format

import (
	"bytes"
	"flag"
	"os"
	"regexp"
	"strings"
	"testing"

	"klaxon"
)

var update = flag.Bool("update", false, "write the examples in docs/outputs.md anew")

const document = "../../docs/outputs.md"

// example is a mark in the document, and the block behind it if there is one.
var example = regexp.MustCompile("(?m)^<!-- example ([a-z]+) ([a-z]+) -->\n(?:\n```[a-z]*\n[^`]*\n```\n)?")

// TestDocument: the examples in docs/outputs.md are what is written, and each
// format has some.
func TestDocument(t *testing.T) {
	shown := map[string]klaxon.Record{"touch": touched(), "opening": opening(), "update": scanning(klaxon.EventUpdate), "health": drops()}
	text, err := os.ReadFile(document)
	if err != nil {
		t.Fatal(err)
	}
	examples := map[string]int{}
	want := example.ReplaceAllFunc(text, func(old []byte) []byte {
		m := example.FindSubmatch(old)
		name, what := string(m[1]), string(m[2])
		if shown[what] == nil {
			t.Fatalf("%s: no record is called %q", document, what)
		}
		examples[name]++
		line := write(t, name, shown[what])
		hold(t, name, line)
		kind := "json"
		if name == "cef" || name == "log" {
			kind = "text"
		}
		return []byte("<!-- example " + name + " " + what + " -->\n\n```" + kind + "\n" + string(line) + "\n```\n")
	})
	for _, name := range Names() {
		if examples[name] < 3 || !strings.Contains(string(text), "\n## "+name+"\n") {
			t.Errorf("%s has %d examples of %s, want three and a section", document, examples[name], name)
		}
	}
	if *update {
		if err := os.WriteFile(document, want, 0o644); err != nil {
			t.Fatal(err)
		}
	} else if !bytes.Equal(text, want) {
		t.Errorf("%s does not show what is written: go test ./internal/format -update, and read the difference", document)
	}
}
