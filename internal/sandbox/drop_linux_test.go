package sandbox

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// probe builds testdata/probe without cgo and runs it in a network namespace of
// its own, as root.
func probe(t *testing.T, mode string, groups ...uint32) string {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("SKIPPED: giving up privilege needs root to begin with")
	}
	bin := filepath.Join(t.TempDir(), "probe")
	build := exec.Command("go", "build", "-o", bin, "./testdata/probe")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	cmd := exec.Command("sh", "-c", "ip link set lo up; exec "+bin+" "+mode)
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNET,
		Credential: &syscall.Credential{Groups: groups}}
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return string(out)
}

// requireEvery checks that each thread printed a key, and with one value.
func requireEvery(t *testing.T, out, key, want string) {
	t.Helper()
	n := 0
	for line := range strings.Lines(out) {
		if value, ok := strings.CutPrefix(strings.TrimSpace(line), key+":"); ok {
			n++
			if got := strings.TrimSpace(value); got != want {
				t.Errorf("%s is %q on a thread, want %q", key, got, want)
			}
		}
	}
	if n < 9 {
		t.Errorf("%s on %d threads only", key, n)
	}
}

func requireLine(t *testing.T, out, want string) {
	t.Helper()
	if !strings.Contains(out, want+"\n") {
		t.Errorf("lacks %q:\n%s", want, out)
	}
}

func TestDropTo(t *testing.T) {
	out := probe(t, "drop", 0, 4)
	requireLine(t, out, "error: <nil>")
	requireEvery(t, out, "Uid", "65534 65534 65534 65534")
	requireEvery(t, out, "Gid", "65534 65534 65534 65534")
	requireEvery(t, out, "Groups", "65534")
	requireEvery(t, out, "CapPrm", "0000000000000400") // CAP_NET_BIND_SERVICE is bit 10
	requireEvery(t, out, "CapEff", "0000000000000400")
	for _, none := range []string{"CapInh", "CapBnd", "CapAmb"} {
		requireEvery(t, out, none, "0000000000000000")
	}
	requireEvery(t, out, "NoNewPrivs", "1")
	requireLine(t, out, "port 80: <nil>")
	requireLine(t, out, "packet socket: operation not permitted")
	requireLine(t, out, "setuid 0: operation not permitted")
}

func TestBecome(t *testing.T) {
	out := probe(t, "become", 0, 4)
	requireLine(t, out, "error: <nil>")
	requireEvery(t, out, "Uid", "65534 65534 65534 65534")
	requireEvery(t, out, "Groups", "65534")
	requireEvery(t, out, "CapEff", "0000000000000000")
	requireEvery(t, out, "CapPrm", "0000000000000000")
	requireLine(t, out, "packet socket: operation not permitted")
	requireLine(t, out, "setuid 0: operation not permitted")
}

// TestBecomeWithoutGroups: nothing to leave, and nothing gained.
func TestBecomeWithoutGroups(t *testing.T) {
	out := probe(t, "become")
	requireLine(t, out, "error: <nil>")
	requireEvery(t, out, "Gid", "65534 65534 65534 65534")
	requireEvery(t, out, "Groups", "")
}
