package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestStaysThin: inetd starts klaxon for every touch, so what it links is paid
// for every touch.
func TestStaysThin(t *testing.T) {
	out, err := exec.Command("go", "list", "-deps", ".").Output()
	if err != nil {
		t.Fatal(err)
	}
	deps := strings.Fields(string(out))
	for _, heavy := range []string{"fmt", "flag", "log", "log/slog", "log/syslog", "encoding/json", "encoding/hex", "net/http", "database/sql",
		"regexp", "text/template", "html/template", "os/exec", "os/user", "os/signal", "crypto/sha256", "crypto/tls", "math/big", "time/tzdata"} {
		if slices.Contains(deps, heavy) {
			t.Errorf("klaxon links %s: every touch would pay for its start", heavy)
		}
	}
	for _, d := range deps {
		if first, _, _ := strings.Cut(d, "/"); strings.Contains(first, ".") && !strings.HasPrefix(d, "golang.org/x/sys/") {
			t.Errorf("klaxon links %s: nothing beyond the standard library and x/sys", d)
		}
	}
}

// TestIsSmall holds the binary to 3 MB.
func TestIsSmall(t *testing.T) {
	bin := filepath.Join(t.TempDir(), "klaxon")
	cmd := exec.Command("go", "build", "-trimpath", "-ldflags", "-s -w", "-o", bin, ".")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	info, err := os.Stat(bin)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("FIGURE: klaxon is %.2f MB, at most 3", float64(info.Size())/1e6)
	if info.Size() > 3e6 {
		t.Errorf("klaxon has %d bytes, at most 3,000,000", info.Size())
	}
}

// systems are all that klaxon and tocsin are built and vetted for. They run in
// these tests on Linux only.
var systems = map[string]string{
	"linux": "amd64", "freebsd": "amd64", "openbsd": "amd64", "netbsd": "amd64", "dragonfly": "amd64",
	"darwin": "arm64", "illumos": "amd64", "solaris": "amd64", "aix": "ppc64",
}

func TestBuildsEverywhere(t *testing.T) {
	if testing.Short() {
		t.Skip("SKIPPED: building for nine systems: -short")
	}
	for system, arch := range systems {
		cmd := exec.Command("go", "vet", ".", "../klaxonctl", "../tocsin")
		cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS="+system, "GOARCH="+arch)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("vet for %s: %v\n%s", system, err, out)
		}
		cmd = exec.Command("go", "build", "-o", os.DevNull, ".", "../tocsin")
		cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS="+system, "GOARCH="+arch)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("build for %s: %v\n%s", system, err, out)
		}
	}
}
