//go:build linux

package install

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"klaxon/internal/nstest"
)

// TestLifeOfAPackage: installed, nothing is started or enabled; upgraded, what
// the administrator wrote stays; removed, records and configuration stay;
// purged, nothing stays but what is not ours.
func TestLifeOfAPackage(t *testing.T) {
	onMachine(t, func(t *testing.T, _ *nstest.Net, m machine) {
		said := m.install(t)
		if !strings.Contains(said, "nothing is started yet") {
			t.Errorf("the package does not say that nothing is started:\n%s", said)
		}
		if enabled := m.enabled(t); len(enabled) > 0 {
			t.Errorf("the package enabled %v", enabled)
		}
		mine := map[string]string{
			"etc/klaxon/klaxon.toml":      "sensor = \"gate\"\n",
			"etc/klaxon/conf.d/mine.toml": "names = true\n",
			"var/lib/klaxon/klaxon.db":    "records",
		}
		for name, text := range mine {
			m.write(t, name, text)
		}
		said = m.run(t, "dpkg", "--force-confold", "-i", m.put(t, newer(t)))
		if strings.Contains(said, "nothing is started yet") {
			t.Errorf("an upgrade speaks like a first installation:\n%s", said)
		}
		if out := m.run(t, "dpkg-query", "-W", "-f", "${Version} ${db:Status-Status}", "klaxon"); out != "9:9.9-1 installed" {
			t.Errorf("after the upgrade there is %s", out)
		}
		m.keeps(t, "the upgrade", mine)
		m.owners(t, "the upgrade")
		if text := m.read(t, "etc/klaxon/klaxon.toml.dpkg-dist"); !strings.Contains(text, "# newer") {
			t.Errorf("the new configuration is not beside the old one:\n%s", text)
		}

		m.run(t, "systemctl", "enable", "klaxond.service", "klaxon-rexec.socket")
		if len(m.enabled(t)) != 2 {
			t.Fatalf("enabled are %v", m.enabled(t))
		}
		m.run(t, "dpkg", "-r", "klaxon")
		m.keeps(t, "the removal", mine)
		if enabled := m.enabled(t); len(enabled) > 0 {
			t.Errorf("after the removal these links lead nowhere: %v", enabled)
		}
		m.lacks(t, "the removal", "usr/sbin/klaxond", "usr/bin/klaxonctl", "usr/lib/systemd/system/klaxond.service", "usr/share/doc/klaxon")

		m.run(t, "dpkg", "-P", "klaxon")
		m.lacks(t, "the purge", "etc/klaxon/klaxon.toml", "etc/logrotate.d/klaxon", "var/lib/klaxon", "var/log/klaxon")
		m.keeps(t, "the purge", map[string]string{"etc/klaxon/conf.d/mine.toml": mine["etc/klaxon/conf.d/mine.toml"]})
	})
}

// TestInstallWithoutSystemd: the same user and the same directories, made by
// what every machine has.
func TestInstallWithoutSystemd(t *testing.T) {
	onMachine(t, func(t *testing.T, _ *nstest.Net, m machine) {
		for _, name := range []string{"systemd-sysusers", "systemd-tmpfiles", "systemctl"} {
			if err := os.Remove(m.path("usr/bin/" + name)); err != nil {
				t.Fatal(err)
			}
		}
		m.install(t)
		m.owners(t, "the installation")
		shell := lines(m.read(t, "etc/passwd"), "klaxon:")
		if len(shell) != 1 || !strings.HasSuffix(shell[0], ":/var/lib/klaxon:/usr/sbin/nologin\n") {
			t.Errorf("the user is %q", shell)
		}
		m.run(t, "klaxond", "-check")
		m.run(t, "dpkg", "-P", "klaxon")
		m.lacks(t, "the purge", "etc/klaxon", "var/lib/klaxon", "var/log/klaxon", "usr/sbin/klaxond")
	})
}

func (m machine) write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(m.path(name), []byte(text), 0o640); err != nil {
		t.Fatal(err)
	}
}

func (m machine) keeps(t *testing.T, what string, files map[string]string) {
	t.Helper()
	for name, want := range files {
		if text, err := os.ReadFile(m.path(name)); err != nil || string(text) != want {
			t.Errorf("after %s %s is %q, %v", what, name, text, err)
		}
	}
}

func (m machine) lacks(t *testing.T, what string, names ...string) {
	t.Helper()
	for _, name := range names {
		if _, err := os.Lstat(m.path(name)); err == nil {
			t.Errorf("after %s %s is still there", what, name)
		}
	}
}

// owners: the daemon reads its configuration and writes only what is its own.
func (m machine) owners(t *testing.T, what string) {
	t.Helper()
	got := m.run(t, "stat", "-c", "%n %A %U:%G", "/etc/klaxon", "/etc/klaxon/conf.d", "/etc/klaxon/klaxon.toml", "/var/lib/klaxon", "/var/log/klaxon")
	const want = `/etc/klaxon drwxr-x--- root:klaxon
/etc/klaxon/conf.d drwxr-x--- root:klaxon
/etc/klaxon/klaxon.toml -rw-r----- root:klaxon
/var/lib/klaxon drwxr-x--- klaxon:klaxon
/var/log/klaxon drwxr-x--- klaxon:klaxon
`
	if got != want {
		t.Errorf("after %s:\n%swanted:\n%s", what, got, want)
	}
}

// enabled lists the links that start something of ours at boot.
func (m machine) enabled(t *testing.T) []string {
	t.Helper()
	links, err := filepath.Glob(m.path("etc/systemd/system/*/klaxon*"))
	if err != nil {
		t.Fatal(err)
	}
	return links
}

// newer makes a package of a later version, whose configuration is another.
func newer(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "tree")
	output(t, "dpkg-deb", "-R", find(t, "*.deb"), dir)
	for name, change := range map[string][2]string{
		"DEBIAN/control":         {"Version: " + packageVersion, "Version: 9:9.9-1"},
		"etc/klaxon/klaxon.toml": {"# /etc", "# newer\n# /etc"},
	} {
		path := filepath.Join(dir, name)
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		changed := strings.Replace(string(text), change[0], change[1], 1)
		if changed == string(text) {
			t.Fatalf("%s lacks %q", name, change[0])
		}
		if err := os.WriteFile(path, []byte(changed), 0o640); err != nil {
			t.Fatal(err)
		}
	}
	deb := filepath.Join(t.TempDir(), "newer.deb")
	output(t, "dpkg-deb", "-Zgzip", "-z1", "-b", dir, deb)
	return deb
}
