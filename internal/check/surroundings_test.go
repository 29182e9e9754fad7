package check

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"klaxon/internal/config"
)

// TestSurroundings: what others can read or write is told, and what they cannot is
// not.
func TestSurroundings(t *testing.T) {
	root := t.TempDir()
	put := func(path string, mode fs.FileMode, text string) {
		t.Helper()
		path = filepath.Join(root, path)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), mode); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(path, mode); err != nil { // whatever the umask
			t.Fatal(err)
		}
	}
	if err := os.Chmod(root, 0o755); err != nil {
		t.Fatal(err)
	}
	put("/usr/sbin/klaxond", 0o755, "")
	put("/etc/klaxon/klaxon.toml", 0o640, "")
	put("/var/log/klaxon/klaxon.jsonl", 0o640, "")
	put("/etc/rsyslog.d/50-copy.conf", 0o644, "# comment @example\n*.* @@loghost.example:6514\n")
	c := config.Default(config.PathsFor(0, func(string) string { return "" }))
	s := surroundings{root: root}
	if w := s.warnings(&c, "/etc/klaxon/klaxon.toml", nil); len(w) != 0 {
		t.Errorf("all is well, and told is %q", w)
	}
	put("/usr/sbin/klaxond", 0o777, "")
	put("/etc/klaxon/klaxon.toml", 0o644, "")
	put("/var/log/klaxon/klaxon.jsonl", 0o646, "")
	put("/etc/local/klaxon/klaxon", 0o755, "")
	put("/etc/rsyslog.d/50-copy.conf", 0o644, "# *.* @@loghost.example\n*.* /var/log/all\n")
	s.remote = func(path string) string {
		if strings.HasSuffix(path, "klaxond") {
			return "NFS"
		}
		return ""
	}
	got := strings.Join(s.warnings(&c, "/etc/klaxon/klaxon.toml", nil), "\n")
	for _, want := range []string{
		"/usr/sbin/klaxond can be replaced by everybody (mode 0777 on /usr/sbin/klaxond): chmod o-w /usr/sbin/klaxond",
		"the program /usr/sbin/klaxond lies on NFS", "the folder of the traps can be read by everybody (mode 0755)",
		"the configuration can be read by everybody (mode 0644): chmod o-rwx /etc/klaxon/klaxon.toml",
		"the JSON file can be written by everybody (mode 0646)", "no copy of the log leaves this host",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("%s is not told in\n%s", want, got)
		}
	}
	if err := os.Chmod(filepath.Join(root, "/var/log/klaxon"), 0o750); err != nil {
		t.Fatal(err)
	}
	if got := s.secret("the JSON file", "/var/log/klaxon/klaxon.jsonl"); len(got) != 0 {
		t.Errorf("nobody gets through the folder, and told is %q", got)
	}
}

func TestForwards(t *testing.T) {
	for line, want := range map[string]bool{
		"*.* @loghost": true, "*.*\t@@[2001:db8::1]:514": true, `action(type="omfwd" target="x")`: true, `*.* :omrelp:x:2514`: true,
		`destination d { network("x" port(514)); };`: true, `destination d { tcp("192.0.2.1"); };`: true,
		"#*.* @loghost": false, "*.* /var/log/messages": false, "mail.* -/var/log/mail@x": false, `input(type="imudp")`: false,
	} {
		if got := forwards.MatchString(line); got != want {
			t.Errorf("%s: %v", line, got)
		}
	}
}
