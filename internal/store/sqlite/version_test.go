package sqlite

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"testing"
)

const (
	sqliteVersion = "v1.61.1"
	libcVersion   = "v1.79.0"
)

// TestVersions: SQLite is translated to Go against one version of its C library,
// and with another one it may be wrong in ways that no test of ours finds. Who
// updates sqlite takes the libc that its go.mod demands, and changes both lines
// above.
func TestVersions(t *testing.T) {
	for module, want := range map[string]string{"modernc.org/sqlite": sqliteVersion, "modernc.org/libc": libcVersion} {
		if got := ask(t, "list", "-m", "-f", "{{.Version}}", module); got != want {
			t.Errorf("%s is %s in go.mod, want %s", module, got, want)
		}
	}
	var demands struct {
		Require []struct{ Path, Version string }
	}
	path := ask(t, "list", "-m", "-f", "{{.GoMod}}", "modernc.org/sqlite")
	if _, err := os.Stat(path); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal([]byte(ask(t, "mod", "edit", "-json", path)), &demands); err != nil {
		t.Fatal(err)
	}
	for _, r := range demands.Require {
		if r.Path == "modernc.org/libc" && r.Version == libcVersion {
			return
		}
	}
	t.Errorf("sqlite %s demands another libc than %s: %+v", sqliteVersion, libcVersion, demands.Require)
}

func ask(t *testing.T, args ...string) string {
	t.Helper()
	out, err := exec.Command("go", args...).Output()
	if err != nil {
		t.Fatalf("go %v: %v", args, err)
	}
	return string(bytes.TrimSpace(out))
}
