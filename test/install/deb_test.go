//go:build linux

package install

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

func control(t *testing.T, field string) string {
	t.Helper()
	if _, err := exec.LookPath("dpkg-deb"); err != nil {
		t.Skip("SKIPPED: Debian packages: no dpkg-deb here")
	}
	return strings.TrimSpace(output(t, "dpkg-deb", "-f", find(t, "*.deb"), field))
}

// TestDeb: dpkg reads what we wrote, and it says what Debian wants to know.
func TestDeb(t *testing.T) {
	for field, want := range map[string]string{
		"Package": "klaxon", "Maintainer": maintainer, "Version": packageVersion, "Section": "net", "Priority": "optional",
		"Depends": "systemd | systemd-standalone-sysusers | passwd",
	} {
		if got := control(t, field); got != want {
			t.Errorf("%s is %q, wanted %q", field, got, want)
		}
	}
	dir := t.TempDir()
	output(t, "dpkg-deb", "-R", find(t, "*.deb"), dir)
	files := contents(t, dir)
	conffiles := files["DEBIAN/conffiles"]
	if conffiles != "/etc/klaxon/klaxon.toml\n/etc/logrotate.d/klaxon\n" {
		t.Errorf("configuration files are %q", conffiles)
	}
	for path := range files {
		if strings.HasPrefix(path, "etc/") && !strings.Contains(conffiles, "/"+path+"\n") {
			t.Errorf("%s is no configuration file to dpkg: an upgrade would replace it", path)
		}
	}
	for line := range strings.Lines(output(t, "dpkg-deb", "-c", find(t, "*.deb"))) {
		if !strings.Contains(line, " root/root ") {
			t.Errorf("not root's: %s", line)
		}
	}
}

// TestScriptsAreShell: any sh reads them; dash is Debian's.
func TestScriptsAreShell(t *testing.T) {
	scripts, err := filepath.Glob("../../packaging/scripts/*.sh")
	if err != nil || len(scripts) != 3 {
		t.Fatal(scripts, err)
	}
	for _, script := range scripts {
		output(t, "sh", "-n", script)
	}
}

// TestManualPages: every program has one, and man reads it.
func TestManualPages(t *testing.T) {
	dir := unpacked(t)
	for _, program := range programs {
		page := filepath.Join(dir, "usr/share/man/man8", filepath.Base(program)+".8.gz")
		if _, err := os.Stat(page); err != nil {
			t.Error(err)
			continue
		}
		output(t, "gzip", "--test", page)
	}
}
