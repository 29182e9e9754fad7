package main

import (
	"io"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"klaxonctl": main})
}

func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Setup: func(env *testscript.Env) error {
			env.Setenv("GORACE", "atexit_sleep_ms=0") // else each run under -race ends with a second's sleep
			return nil
		},
	})
}

// TestExitCodes: 0 done, 2 usage. Scripts cannot tell 2 from 1.
func TestExitCodes(t *testing.T) {
	tests := []struct {
		args string // separated by blanks
		want int
	}{
		{"", 2}, {"nonsense", 2}, {"-nonsense", 2},
		{"-h", 0}, {"-help", 0}, {"-version", 0},
		{"services", 0}, {"services -h", 0}, {"services -version", 0}, {"services rexec", 0},
		{"services nonsense", 2}, {"services -nonsense", 2}, {"services -profile all", 2},
	}
	for _, tt := range tests {
		if got := run(strings.Fields(tt.args), io.Discard, io.Discard); got != tt.want {
			t.Errorf("klaxonctl %s: exit %d, want %d", tt.args, got, tt.want)
		}
	}
}
