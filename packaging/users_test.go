package packaging

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// checker skips the test unless a program of systemd is here.
func checker(t *testing.T, name string) {
	t.Helper()
	if _, err := exec.LookPath(name); err != nil {
		t.Skip("SKIPPED: users and directories: no " + name + " here (apt-get install systemd)")
	}
	if os.Getuid() != 0 {
		t.Skip("SKIPPED: users and directories: needs root")
	}
}

// bare is a directory in which systemd's tools make users and directories of a
// machine that is not this one.
func bare(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for _, name := range []string{"etc/klaxon", "var/lib", "var/log", "proc", "run"} {
		if err := os.MkdirAll(filepath.Join(dir, name), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for name, text := range map[string]string{
		"etc/passwd": "root:x:0:0:root:/root:/bin/sh\n", "etc/group": "root:x:0:\n", "etc/klaxon/klaxon.toml": "",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func sysusers(t *testing.T, root string) {
	t.Helper()
	checker(t, "systemd-sysusers")
	conf, err := filepath.Abs("sysusers.d/klaxon.conf")
	if err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("systemd-sysusers", "--root="+root, conf).CombinedOutput(); err != nil {
		t.Fatalf("systemd-sysusers: %v\n%s", err, out)
	}
}

// TestUser: a user of its own, who cannot log in, and whom a second run leaves
// as it is.
func TestUser(t *testing.T) {
	root := bare(t)
	sysusers(t, root)
	first, err := os.ReadFile(filepath.Join(root, "etc/passwd"))
	if err != nil {
		t.Fatal(err)
	}
	_, line, _ := strings.Cut(string(first), "\nklaxon:")
	if f := strings.Split(strings.TrimSpace(line), ":"); len(f) != 6 || f[4] != "/var/lib/klaxon" || !strings.HasSuffix(f[5], "/nologin") {
		t.Errorf("the user is %q", line)
	}
	sysusers(t, root)
	second, err := os.ReadFile(filepath.Join(root, "etc/passwd"))
	if err != nil || string(second) != string(first) {
		t.Errorf("a second run made of\n%s this:\n%s(%v)", first, second, err)
	}
}

// TestDirectories: nobody else reads the configuration or the records.
func TestDirectories(t *testing.T) {
	checker(t, "systemd-tmpfiles")
	root := bare(t)
	sysusers(t, root)
	conf, err := filepath.Abs("tmpfiles.d/klaxon.conf")
	if err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("systemd-tmpfiles", "--root="+root, "--create", conf).CombinedOutput(); err != nil {
		t.Fatalf("systemd-tmpfiles: %v\n%s", err, out)
	}
	for name, mode := range map[string]os.FileMode{
		"etc/klaxon": 0o750, "etc/klaxon/conf.d": 0o750, "etc/klaxon/klaxon.toml": 0o640, "var/lib/klaxon": 0o750, "var/log/klaxon": 0o750,
	} {
		info, err := os.Stat(filepath.Join(root, name))
		if err != nil {
			t.Error(err)
		} else if info.Mode().Perm() != mode {
			t.Errorf("%s is %v, wanted %v", name, info.Mode(), mode)
		}
	}
}
