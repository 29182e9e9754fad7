//go:build linux

package install

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"klaxon/internal/nstest"
	"klaxon/test/debs"
)

// rpm returns a command of rpm's own, with a database that the test owns.
func rpm(t *testing.T, name string, args ...string) *exec.Cmd {
	t.Helper()
	path, err := debs.Find(name)
	if err != nil {
		nstest.Skip(t, "rpm packages: "+err.Error())
	}
	cmd := exec.Command(path, args...)
	cmd.Env = append(os.Environ(), "RPM_CONFIGDIR="+filepath.Join(debs.Dir(), "rpm/usr/lib/rpm"))
	return cmd
}

func ask(t *testing.T, args ...string) string {
	t.Helper()
	cmd := rpm(t, "rpm", append([]string{"--dbpath", t.TempDir(), "-qp"}, append(args, find(t, "*.rpm"))...)...)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("rpm %v: %v\n%s", args, err, out)
	}
	return string(out)
}

// TestRPM: rpm itself reads what we wrote, and finds the digests right.
func TestRPM(t *testing.T) {
	if got := ask(t, "--qf", "%{NAME} %{VERSION}-%{RELEASE} %{LICENSE} %{BUILDHOST} %{BUILDTIME} %{PACKAGER}"); got != "klaxon 1.2.3-1 BSD-2-Clause klaxon "+epoch+" "+maintainer {
		t.Errorf("the header says %q", got)
	}
	if got := ask(t, "--configfiles"); got != "/etc/klaxon/klaxon.toml\n/etc/logrotate.d/klaxon\n" {
		t.Errorf("configuration files are %q", got)
	}
	// Directories of the system are not ours to own: where one of them is a link
	// the package could not be installed.
	for line := range strings.Lines(ask(t, "--qf", "[%{FILEMODES:perms} %{FILENAMES}\n]")) {
		mode, path, _ := strings.Cut(strings.TrimSpace(line), " ")
		if mode[0] == 'd' && !strings.Contains(path, "/klaxon") {
			t.Errorf("the package owns %s", path)
		}
	}
	flags := ask(t, "--qf", "[%{FILEFLAGS:fflags} %{FILENAMES}\n]")
	for path, want := range map[string]string{"/etc/klaxon/klaxon.toml": "cn", "/etc/logrotate.d/klaxon": "cn", "/usr/share/doc/klaxon/copyright": "d", "/usr/share/man/man8/klaxond.8.gz": "d"} {
		// c: configuration; n: an upgrade does not replace it; d: documentation.
		if !strings.Contains(flags, "\n"+want+" "+path+"\n") {
			t.Errorf("%s is not %s:\n%s", path, want, flags)
		}
	}
	if got := ask(t, "--changelog"); !strings.Contains(got, maintainer) || !strings.Contains(got, packageVersion) {
		t.Errorf("the changelog is %q", got)
	}
	out, err := rpm(t, "rpmkeys", "--dbpath", t.TempDir(), "--checksig", "-v", find(t, "*.rpm")).CombinedOutput()
	if err != nil || strings.Count(string(out), "digest: OK") < 2 {
		t.Errorf("rpmkeys --checksig: %v\n%s", err, out)
	}
}

// TestPackagesHoldTheSame: .deb, .rpm and tarball are one tree, but for where zsh
// looks for completions, and what Debian's own programs want to know.
func TestPackagesHoldTheSame(t *testing.T) {
	const zsh, debian = "usr/share/zsh/site-functions/_klaxonctl", "usr/share/zsh/vendor-completions/_klaxonctl"
	want := contents(t, unpacked(t))

	dir := t.TempDir()
	output(t, "dpkg-deb", "-x", find(t, "*.deb"), dir)
	got := contents(t, dir)
	got[zsh] = got[debian]
	for _, only := range []string{debian, "usr/share/doc/klaxon/changelog.Debian.gz", "usr/share/lintian/overrides/klaxon"} {
		if got[only] == "" {
			t.Errorf("the .deb has no %s", only)
		}
		delete(got, only)
	}
	same(t, "the .deb", got, want)

	cmd := rpm(t, "rpm2archive", "-")
	in, err := os.Open(find(t, "*.rpm"))
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	cmd.Stdin = in
	archive, err := cmd.Output()
	if err != nil {
		t.Fatalf("rpm2archive: %v", err)
	}
	dir = t.TempDir()
	tar := exec.Command("tar", "-xzC", dir)
	tar.Stdin = strings.NewReader(string(archive))
	if out, err := tar.CombinedOutput(); err != nil {
		t.Fatalf("tar: %v\n%s", err, out)
	}
	same(t, "the .rpm", contents(t, dir), want)
}

// TestLifeOfAnRPM: rpm installs and removes it on a bare machine, and the scripts
// do what they do for dpkg.
func TestLifeOfAnRPM(t *testing.T) {
	onMachine(t, func(t *testing.T, _ *nstest.Net, m machine) {
		do := func(args ...string) string {
			t.Helper()
			cmd := rpm(t, "rpm", append([]string{"--root", string(m), "--dbpath", "/var/lib/rpm"}, args...)...)
			out, err := cmd.CombinedOutput()
			if err != nil || strings.Contains(string(out), "scriptlet failed") {
				t.Fatalf("rpm %s: %v\n%s", strings.Join(args, " "), err, out)
			}
			return string(out)
		}
		// The machine's dependencies are dpkg's.
		if said := do("-i", "--nodeps", find(t, "*.rpm")); !strings.Contains(said, "nothing is started yet") {
			t.Errorf("the package does not say that nothing is started:\n%s", said)
		}
		m.owners(t, "the installation")
		m.run(t, "klaxond", "-check")
		m.write(t, "etc/klaxon/klaxon.toml", "sensor = \"gate\"\n")
		m.write(t, "var/lib/klaxon/klaxon.db", "records")
		do("-U", "--nodeps", "--replacepkgs", find(t, "*.rpm"))
		m.keeps(t, "the upgrade", map[string]string{"etc/klaxon/klaxon.toml": "sensor = \"gate\"\n"})
		m.run(t, "systemctl", "enable", "klaxond.service")
		do("-e", "klaxon")
		m.lacks(t, "the removal", programs...)
		if enabled := m.enabled(t); len(enabled) > 0 {
			t.Errorf("after the removal these links lead nowhere: %v", enabled)
		}
		m.keeps(t, "the removal", map[string]string{
			"etc/klaxon/klaxon.toml.rpmsave": "sensor = \"gate\"\n", "var/lib/klaxon/klaxon.db": "records",
		})
	})
}
