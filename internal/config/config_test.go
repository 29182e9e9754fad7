package config

import (
	"bytes"
	"errors"
	"net/netip"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/pelletier/go-toml/v2"
)

// check stands in for services.Parse.
func check(specs []string) error {
	for _, s := range specs {
		if strings.HasSuffix(s, "/0") || s == "clasic" {
			return errors.New("bad spec " + s)
		}
	}
	return nil
}

func testPaths(dir string) Paths {
	return Paths{System: true, Config: filepath.Join(dir, "klaxon.toml"), JSON: "/var/log/klaxon/klaxon.jsonl"}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestBad: each file in testdata/bad gives exactly the message beside it.
func TestBad(t *testing.T) {
	bad, err := filepath.Glob("testdata/bad/*.toml")
	if err != nil || len(bad) < 10 {
		t.Fatal(bad, err)
	}
	for _, path := range bad {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		want, err := os.ReadFile(strings.TrimSuffix(path, ".toml") + ".err")
		if err != nil {
			t.Fatal(err)
		}
		file := filepath.Join(t.TempDir(), "klaxon.toml")
		write(t, file, string(text))
		_, _, err = Load(file, testPaths(""), check)
		var problems Errors
		if !errors.As(err, &problems) {
			t.Errorf("%s: %v", path, err)
			continue
		}
		if got := strings.ReplaceAll(problems.Error(), file, "FILE"); got != strings.TrimSuffix(string(want), "\n") {
			t.Errorf("%s:\n got %s\nwant %s", path, got, want)
		}
	}
}

func TestGood(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "klaxon.toml"), `
sensor = "gate"
home = ["198.51.100.7/24"]
services = ["tcp/1-1024,3389", "udp/69"]
except = ["tcp/22"]
addresses = ["192.0.2.1", "::ffff:192.0.2.2", "fe80::1%eth0"]
ident = "inside"
ident_timeout = "500ms"
names = true
mode = "active"
[wire]
interfaces = ["eth0", "lo"]
promiscuous = true
mem = "16M"
[store]
path = "/srv/./klaxon.db"
max_size = "2G"
max_age = "30d"
[output.terminal]
enabled = false
[output.json]
path = "/srv/log/../k.jsonl"
[drill]
enabled = false
self_test = "off"
`)
	got, warnings, err := Load("", testPaths(dir), check)
	if err != nil || len(warnings) != 0 {
		t.Fatal(err, warnings)
	}
	want := Config{
		Sensor: "gate", Home: []netip.Prefix{netip.MustParsePrefix("198.51.100.0/24")},
		Services: []string{"tcp/1-1024,3389", "udp/69"}, Except: []string{"tcp/22"},
		Addresses: []netip.Addr{netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("192.0.2.2"), netip.MustParseAddr("fe80::1%eth0")},
		Ident:     IdentInside, IdentTimeout: 500 * time.Millisecond, Names: true,
		Mode: ModeActive, Wire: Wire{Enabled: true, Interfaces: []string{"eth0", "lo"}, Promiscuous: true, Memory: 16 << 20},
		Store:  Store{Enabled: true, Path: "/srv/klaxon.db", MaxSize: 2 << 30, MaxAge: 30 * 24 * time.Hour},
		Output: Output{Terminal: false, Syslog: true, JSON: true, JSONPath: "/srv/k.jsonl"},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("\n got %+v\nwant %+v", got, want)
	}
}

func TestDropIns(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "klaxon.toml"), `sensor = "main"`+"\n"+`services = ["classic"]`)
	write(t, filepath.Join(dir, "conf.d", "20-b.toml"), `sensor = "b"`)
	write(t, filepath.Join(dir, "conf.d", "10-a.toml"), `sensor = "a"`+"\n"+`names = true`)
	write(t, filepath.Join(dir, "conf.d", "30-not.txt"), `sensor = "x"`)
	write(t, filepath.Join(dir, "conf.d", ".40-hidden.toml"), `ident = "all"`)
	c, _, err := Load("", testPaths(dir), check)
	if err != nil || c.Sensor != "b" || !c.Names || c.Ident != IdentOff || !reflect.DeepEqual(c.Services, []string{"classic"}) {
		t.Errorf("%+v, %v", c, err)
	}
}

// TestDropInsOfAnOddPlace: a directory is a name and no pattern, and one that
// cannot be read does not pass for an empty one.
func TestDropInsOfAnOddPlace(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "[a]*")
	write(t, filepath.Join(dir, "conf.d", "a.toml"), `sensor = "a"`)
	if c, _, err := Load("", testPaths(dir), check); err != nil || c.Sensor != "a" {
		t.Errorf("%+v, %v", c, err)
	}
	dir = t.TempDir()
	write(t, filepath.Join(dir, "conf.d"), "")
	if _, _, err := Load("", testPaths(dir), check); err == nil || !strings.Contains(err.Error(), "conf.d") {
		t.Errorf("conf.d is a file: %v", err)
	}
}

// TestMissingFile: the default path need not exist, a named one must.
func TestMissingFile(t *testing.T) {
	dir := t.TempDir()
	if c, _, err := Load("", testPaths(dir), check); err != nil || !reflect.DeepEqual(c, Default(testPaths(dir))) {
		t.Errorf("without a file: %+v, %v", c, err)
	}
	if _, _, err := Load(filepath.Join(dir, "none.toml"), testPaths(dir), check); err == nil {
		t.Error("a named file that is missing went unnoticed")
	}
	if _, _, err := Load(dir, testPaths(dir), check); err == nil {
		t.Error("a directory was read")
	}
	big := filepath.Join(dir, "big.toml")
	write(t, big, strings.Repeat("# x\n", maxFile/4+1))
	if _, _, err := Load(big, testPaths(dir), check); err == nil || !strings.Contains(err.Error(), "longer than") {
		t.Errorf("big file: %v", err)
	}
}

// TestPipe: a pipe in the place of the configuration is refused, and holds up nobody: a
// klaxond that waits for it in a reload would not end, either.
func TestPipe(t *testing.T) {
	path := filepath.Join(t.TempDir(), "klaxon.toml")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() {
		_, _, err := Load(path, PathsFor(0, func(string) string { return "" }), nil)
		done <- err
	}()
	select {
	case err := <-done:
		if err == nil || !strings.Contains(err.Error(), "is no file") {
			t.Errorf("%v", err)
		}
	case <-time.After(20 * time.Second):
		t.Fatal("who reads the configuration waits for a pipe")
	}
}

func TestWritableByOthers(t *testing.T) {
	path := filepath.Join(t.TempDir(), "klaxon.toml")
	write(t, path, "")
	if err := os.Chmod(path, 0o666); err != nil {
		t.Fatal(err)
	}
	_, warnings, err := Load(path, testPaths(""), check)
	if err != nil || len(warnings) != 1 || !strings.Contains(warnings[0].String(), "chmod go-w") {
		t.Errorf("%v, %v", warnings, err)
	}
}

// TestShippedExample: the file that is installed is the default, said aloud:
// as it is, and with every key uncommented.
func TestShippedExample(t *testing.T) {
	text, err := os.ReadFile("../../packaging/klaxon.toml")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	paths := testPaths(dir)
	paths.State = "/var/lib/klaxon"
	write(t, paths.Config, string(text))
	c, warnings, err := Load("", paths, check)
	if err != nil || len(warnings) > 0 || !reflect.DeepEqual(c, Default(paths)) {
		t.Errorf("%+v, %v, %v", c, warnings, err)
	}
	var all []string
	for line := range strings.Lines(string(text)) {
		if rest, ok := strings.CutPrefix(line, "#"); ok && !strings.HasPrefix(rest, " ") && len(rest) > 1 {
			line = rest
		}
		all = append(all, line)
	}
	write(t, paths.Config, strings.Join(all, ""))
	c, _, err = Load("", paths, check)
	if err != nil {
		t.Fatal(err)
	}
	d := Default(paths)
	if c.Output != d.Output || c.Store != d.Store || c.Ident != d.Ident || c.IdentTimeout != d.IdentTimeout || !reflect.DeepEqual(c.Services, d.Services) {
		t.Errorf("a commented value is not the default: %+v", c)
	}
	for _, k := range keys {
		if leaf := k.name[strings.LastIndexByte(k.name, '.')+1:]; !strings.Contains(string(text), leaf) {
			t.Errorf("the example does not show %s", k.name)
		}
	}
}

func TestPaths(t *testing.T) {
	env := func(pairs ...string) func(string) string {
		return func(k string) string {
			for i := 0; i < len(pairs); i += 2 {
				if pairs[i] == k {
					return pairs[i+1]
				}
			}
			return ""
		}
	}
	for name, c := range map[string]struct {
		euid int
		env  func(string) string
		want Paths
	}{
		"root": {0, env(), Paths{true, false, "/etc/klaxon/klaxon.toml", "/var/lib/klaxon", "/run/klaxon", "/run/klaxon/touch.sock", "/var/log/klaxon/klaxon.jsonl"}},
		"user": {1000, env("HOME", "/h"), Paths{false, false, "/h/.config/klaxon/klaxon.toml", "/h/.local/state/klaxon", "/h/.local/state/klaxon", "/h/.local/state/klaxon/touch.sock", "/h/.local/state/klaxon/klaxon.jsonl"}},
		"user with XDG": {1000, env("HOME", "/h", "XDG_CONFIG_HOME", "/c", "XDG_STATE_HOME", "/s", "XDG_RUNTIME_DIR", "/r"),
			Paths{false, false, "/c/klaxon/klaxon.toml", "/s/klaxon", "/r/klaxon", "/r/klaxon/touch.sock", "/s/klaxon/klaxon.jsonl"}},
		"service": {990, env("JOURNAL_STREAM", "8:1", "STATE_DIRECTORY", "/var/lib/klaxon", "LOGS_DIRECTORY", "/var/log/klaxon", "RUNTIME_DIRECTORY", "/run/klaxon", "CONFIGURATION_DIRECTORY", "/etc/klaxon"),
			Paths{true, true, "/etc/klaxon/klaxon.toml", "/var/lib/klaxon", "/run/klaxon", "/run/klaxon/touch.sock", "/var/log/klaxon/klaxon.jsonl"}},
		// systemd.exec(5) joins several directories with colons.
		"service of two directories": {990, env("STATE_DIRECTORY", "/var/lib/klaxon:/var/lib/b", "LOGS_DIRECTORY", "/l:/m", "HOME", "/h"),
			Paths{true, false, "/h/.config/klaxon/klaxon.toml", "/var/lib/klaxon", "/h/.local/state/klaxon", "/h/.local/state/klaxon/touch.sock", "/l/klaxon.jsonl"}},
		"user without home": {1000, env("XDG_STATE_HOME", "/s"), Paths{false, false, "/etc/klaxon/klaxon.toml", "/var/lib/klaxon", "/run/klaxon", "/run/klaxon/touch.sock", "/var/log/klaxon/klaxon.jsonl"}},
		"relative": {1000, env("HOME", "/h", "XDG_CONFIG_HOME", "c", "XDG_STATE_HOME", "s", "XDG_RUNTIME_DIR", "r"),
			Paths{false, false, "/h/.config/klaxon/klaxon.toml", "/h/.local/state/klaxon", "/h/.local/state/klaxon", "/h/.local/state/klaxon/touch.sock", "/h/.local/state/klaxon/klaxon.jsonl"}},
	} {
		if got := PathsFor(c.euid, c.env); got != c.want {
			t.Errorf("%s:\n got %+v\nwant %+v", name, got, c.want)
		}
	}
}

// TestJournal: under systemd standard output is the journal, which has the
// syslog lines already.
func TestJournal(t *testing.T) {
	if o := Default(Paths{System: true, Quiet: true}).Output; o.Terminal || !o.Syslog {
		t.Errorf("%+v", o)
	}
}

func TestCheck(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "klaxon.toml")
	for text, want := range map[string]int{"": 0, "idnet = 1": 1} {
		write(t, path, text)
		var out, errs bytes.Buffer
		if got := Check("klaxond", path, testPaths(dir), check, &out, &errs); got != want {
			t.Errorf("%q: exit %d\n%s%s", text, got, &out, &errs)
		}
	}
	if got := Check("klaxond", path+"x", testPaths(dir), check, &bytes.Buffer{}, &bytes.Buffer{}); got != 2 {
		t.Errorf("missing file: exit %d", got)
	}
}

// FuzzMerge: any text is taken, or refused with a place in it; and what is
// taken is what the decoder takes.
func FuzzMerge(f *testing.F) {
	for _, seed := range []string{
		"sensor = \"a\"\n[output.json]\npath = \"x\"", "home = [\"10.0.0.0/8\"]\nidnet = 1",
		"output = {json = {enabled = true}}", "output.json.path = '/x'", "[[output]]", "[\"output.json\"]\nenabled = true",
		"services = [ # c\n \"\"\"\na\"\"\", [1]]\r\n", "\"\" = 1", "a = 1979-05-27", "names = true\nnames = false",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		c := Default(Paths{})
		problems := c.merge("f", []byte(text), check, map[string]bool{})
		for i, p := range problems {
			if p.Text == "" || p.Line < 1 || p.Col < 1 || p.Line > strings.Count(text, "\n")+1 {
				t.Fatalf("%q: %+v", text, p)
			}
			if i > 0 && (p.Line < problems[i-1].Line) {
				t.Fatalf("%q: out of order: %v", text, problems)
			}
		}
		if len(problems) > 0 {
			return
		}
		var want decoded
		if err := toml.NewDecoder(strings.NewReader(text)).DisallowUnknownFields().Decode(&want); err != nil {
			t.Fatalf("%q: taken, but the decoder says: %v", text, err)
		}
		if want.Sensor != "" && c.Sensor != want.Sensor || len(want.Services) > 0 && !slices.Equal(c.Services, want.Services) ||
			c.Names != want.Names || c.Output.Syslog != want.Output.Syslog.Enabled {
			t.Fatalf("%q: %+v, the decoder has %+v", text, c, want)
		}
	})
}

// decoded is the file as the decoder of the TOML library sees it.
type decoded struct {
	Sensor       string   `toml:"sensor"`
	Home         []string `toml:"home"`
	Services     []string `toml:"services"`
	Except       []string `toml:"except"`
	Addresses    []string `toml:"addresses"`
	Ident        string   `toml:"ident"`
	IdentTimeout string   `toml:"ident_timeout"`
	Names        bool     `toml:"names"`
	Mode         string   `toml:"mode"`
	Profile      string   `toml:"profile"`
	Wire         struct {
		Enabled     bool     `toml:"enabled"`
		Interfaces  []string `toml:"interfaces"`
		Promiscuous bool     `toml:"promiscuous"`
		Mem         string   `toml:"mem"`
	} `toml:"wire"`
	Store struct {
		Enabled bool   `toml:"enabled"`
		Path    string `toml:"path"`
		MaxSize string `toml:"max_size"`
		MaxAge  string `toml:"max_age"`
	} `toml:"store"`
	Output struct {
		Terminal, Syslog struct {
			Enabled bool `toml:"enabled"`
		}
		JSON struct {
			Enabled bool   `toml:"enabled"`
			Path    string `toml:"path"`
		}
	} `toml:"output"`
}
