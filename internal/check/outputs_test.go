package check

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"klaxon/internal/config"
)

// TestOutputs: each thing that an output cannot be opened with is told, and one that
// is good is not.
func TestOutputs(t *testing.T) {
	dir := t.TempDir()
	file := func(name, text string, mode os.FileMode) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		return path
	}
	good := file("good", "s3cret\n", 0o600)
	for name, x := range map[string]struct {
		o    config.OutputTable
		want string // "" for nothing
	}{
		"good":                   {config.OutputTable{Type: "webhook", URL: "https://example.net/x", Template: "slack"}, ""},
		"a secret that is away":  {config.OutputTable{Type: "webhook", URL: "file:" + dir + "/none"}, "no such file"},
		"one that everybody has": {config.OutputTable{Type: "splunk", Token: "file:" + file("open", "x\n", 0o644)}, "everybody has access"},
		"one of two lines":       {config.OutputTable{Type: "mail", Password: "file:" + file("two", "x\ny\n", 0o600)}, "more than one line"},
		"no credentials":         {config.OutputTable{Type: "webhook", Secret: "credential:hook"}, "LoadCredential=hook:"},
		"no such template":       {config.OutputTable{Type: "webhook", URL: "https://example.net/x", Template: "slak"}, `template "slak" is none of those that are shipped (alertmanager, discord,`},
		"a field that is not":    {config.OutputTable{Type: "webhook", Template: file("bad.tmpl", "{{.Nothing}}", 0o600)}, "bad.tmpl:1:2: "},
		"no CA":                  {config.OutputTable{Type: "syslog", CA: "/nope.pem"}, "/nope.pem"},
		"a folder that is none":  {config.OutputTable{Type: "file", Path: good + "/x"}, "is no folder"},
		"switched off":           {config.OutputTable{Type: "mail", Password: "file:" + dir + "/none", Name: "off"}, ""},
	} {
		x.o.Enabled = x.o.Name != "off"
		x.o.Name = "hook"
		got := outputs(&config.Config{Outputs: []config.OutputTable{x.o}})
		switch {
		case x.want == "" && len(got) == 0:
		case x.want == "" || len(got) == 0 || !strings.HasPrefix(got[0], "output hook would fail: ") || !strings.Contains(got[0], x.want):
			t.Errorf("%s: %q, want %q", name, got, x.want)
		}
	}
}
