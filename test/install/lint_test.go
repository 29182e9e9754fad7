//go:build linux

package install

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"klaxon/test/debs"
)

// TestLintian: Debian's own check finds nothing to warn of in the .deb but what
// packaging/lintian says the reason of.
func TestLintian(t *testing.T) {
	lintian, err := debs.Find("lintian")
	if err != nil {
		t.Skip("SKIPPED: the check of the .deb: " + err.Error())
	}
	cmd := exec.Command(lintian, "--no-cfg", "--allow-root", "--show-overrides", "--fail-on", "none", find(t, "*.deb"))
	cmd.Env = append(os.Environ(), "LC_ALL=C.UTF-8", "TMPDIR="+t.TempDir())
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("lintian: %v\n%s", err, out)
	}
	for _, finding := range regexp.MustCompile(`(?m)^[EW]: .*`).FindAllString(string(out), -1) {
		t.Error(finding)
	}
	// It did look.
	for _, program := range programs {
		if !strings.Contains(string(out), "O: klaxon: statically-linked-binary ["+program+"]") {
			t.Errorf("lintian does not find %s linked statically:\n%s", program, out)
		}
	}
}

// meant are the errors of rpmlint that are meant to be, each with its reason.
var meant = map[string]string{
	"statically-linked-binary":       "the programs need nothing of the machine",
	"non-standard-dir-perm":          "who reads the configuration knows the traps",
	"non-readable":                   "the configuration may hold secrets",
	"logrotate-log-dir-not-packaged": "it belongs to a user whom the installation makes, and tmpfiles.d makes it",
}

// TestRPMLint: the same for the .rpm.
func TestRPMLint(t *testing.T) {
	rpmlint, err := debs.Find("rpmlint")
	if err != nil {
		t.Skip("SKIPPED: the check of the .rpm: " + err.Error())
	}
	// It unpacks by the cpio that it finds, and the machine's own would write to /.
	bin := t.TempDir()
	for _, name := range []string{"rpm", "rpm2cpio", "cpio"} {
		path, err := debs.Find(name)
		if err != nil {
			t.Skip("SKIPPED: the check of the .rpm: " + err.Error())
		}
		if err := os.Symlink(path, filepath.Join(bin, name)); err != nil {
			t.Fatal(err)
		}
	}
	cmd := rpm(t, "rpm")
	cmd.Path, cmd.Args = rpmlint, []string{rpmlint, find(t, "*.rpm")}
	cmd.Env = append(cmd.Env, "PATH="+bin+":"+os.Getenv("PATH"), "TMPDIR="+t.TempDir())
	out, _ := cmd.CombinedOutput() // it always has errors to tell
	if !strings.Contains(string(out), "packages: 1\n") {
		t.Fatalf("rpmlint checks nothing:\n%s", out)
	}
	found := map[string]bool{}
	for _, m := range regexp.MustCompile(`(?m)^\S+: E: (\S+).*`).FindAllStringSubmatch(string(out), -1) {
		found[m[1]] = true
		if meant[m[1]] == "" {
			t.Error(m[0])
		}
	}
	for name := range meant {
		if !found[name] {
			t.Errorf("rpmlint has no %s any more:\n%s", name, out)
		}
	}
}
