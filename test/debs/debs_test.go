package debs

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

func TestFind(t *testing.T) {
	t.Setenv("KLAXON_CACHE", t.TempDir())
	for name, text := range map[string]string{"bin/xinetd": "#!/bin/sh\n", "missing/nmap": "no such package\n"} {
		path := filepath.Join(Dir(), name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if path, err := Find("xinetd"); err != nil || path != filepath.Join(Dir(), "bin/xinetd") {
		t.Errorf("xinetd: %q, %v", path, err)
	}
	for name, why := range map[string]string{"nmap": "no such package", "oidentd": "not fetched yet (make tools)"} {
		var missing *MissingError
		if _, err := Find(name); !errors.As(err, &missing) || missing.Why != why {
			t.Errorf("%s: %v, want %q", name, err, why)
		}
	}
}
