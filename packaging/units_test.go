package packaging

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// analyze runs systemd-analyze on a copy of the units whose programs are
// replaced by one that is here: verify wants them installed.
func analyze(t *testing.T, args ...string) string {
	t.Helper()
	if _, err := exec.LookPath("systemd-analyze"); err != nil {
		t.Skip("SKIPPED: unit files: no systemd-analyze here (apt-get install systemd)")
	}
	out, err := exec.Command("systemd-analyze", args...).CombinedOutput()
	if err != nil {
		t.Errorf("systemd-analyze %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return string(out)
}

func units(t *testing.T, pattern string) []string {
	t.Helper()
	dir := t.TempDir()
	all, err := filepath.Glob("systemd/*")
	if err != nil || len(all) == 0 {
		t.Fatal(all, err)
	}
	for _, path := range all {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		changed := strings.NewReplacer("/usr/sbin/klaxond", "/bin/true", "/usr/sbin/klaxon", "/bin/true",
			"User=klaxon", "User=daemon", "Group=klaxon", "Group=daemon", "man:klaxond(8) man:klaxon.toml(5)", "man:true(1)", "man:klaxon(8)", "man:true(1)").Replace(string(text))
		if err := os.WriteFile(filepath.Join(dir, filepath.Base(path)), []byte(changed), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	matched, err := filepath.Glob(filepath.Join(dir, pattern))
	if err != nil || len(matched) == 0 {
		t.Fatal(matched, err)
	}
	return matched
}

func TestUnitsVerify(t *testing.T) {
	for _, unit := range units(t, "*") {
		if out := analyze(t, "verify", "--man=no", unit); strings.Contains(out, filepath.Dir(unit)) {
			t.Errorf("%s:\n%s", filepath.Base(unit), out)
		}
	}
}

// TestExposure is the gate of 2.0 (the threshold is ten times the score).
func TestExposure(t *testing.T) {
	for _, unit := range units(t, "*.service") {
		out := analyze(t, "security", "--offline=yes", "--no-pager", "--threshold=20", unit)
		for line := range strings.Lines(out) {
			if strings.Contains(line, "Overall exposure") {
				t.Logf("FIGURE: %s %s", filepath.Base(unit), strings.TrimSpace(line))
			}
		}
	}
}

// TestTriggerLimitIsOff: systemd would disarm a flooded trap for good.
func TestTriggerLimitIsOff(t *testing.T) {
	sockets, err := filepath.Glob("systemd/*.socket")
	if err != nil || len(sockets) < 2 {
		t.Fatal(sockets, err)
	}
	for _, path := range sockets {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		wants := []string{"TriggerLimitIntervalSec=0"}
		if strings.Contains(string(text), "Accept=yes") {
			wants = append(wants, "MaxConnections=", "MaxConnectionsPerSource=")
		}
		for _, want := range wants {
			if !strings.Contains(string(text), want) {
				t.Errorf("%s lacks %s", path, want)
			}
		}
	}
}
