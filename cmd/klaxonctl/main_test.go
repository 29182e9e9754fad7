//go:build !(aix || dragonfly || illumos || solaris)

package main

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"klaxon/internal/control"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"klaxonctl": main, "fakeklaxond": fakeMain})
}

func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:           "testdata/script",
		UpdateScripts: os.Getenv("KLAXON_UPDATE") != "", // then read what has changed, line by line
		Setup: func(env *testscript.Env) error {
			env.Setenv("GORACE", "atexit_sleep_ms=0") // else each run under -race ends with a second's sleep
			env.Setenv("TZ", "UTC")
			// The socket's path has to be short.
			dir, err := os.MkdirTemp("", "klaxon")
			env.Setenv("SOCKET", filepath.Join(dir, "s"))
			env.Defer(func() { os.RemoveAll(dir) })
			return err
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"answers": answers, "plain": plainASCII},
	})
}

// answers waits until the fake klaxond does.
func answers(ts *testscript.TestScript, neg bool, args []string) {
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		if _, err := control.NewClient(ts.Getenv("SOCKET")).Status(context.Background()); err == nil {
			return
		} else if time.Now().After(deadline) {
			ts.Fatalf("the fake klaxond does not answer: %v", err)
		}
	}
}

// plainASCII holds that files have no byte that is not printable ASCII, ends of
// lines apart, and none of the words.
func plainASCII(ts *testscript.TestScript, neg bool, args []string) {
	text := ts.ReadFile(args[0])
	for i := range len(text) {
		if c := text[i]; (c < ' ' || c > '~') && c != '\n' && c != '\r' {
			ts.Fatalf("byte %#x at %d: %q", c, i, text[max(0, i-40):i+1])
		}
	}
	for _, word := range args[1:] {
		if strings.Contains(text, word) {
			ts.Fatalf("%s has %q in it", args[0], word)
		}
	}
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
		{"status -h", 0}, {"show -version", 0}, {"status extra", 2}, {"status -socket /nonexistent/s", 2}, {"alarms -severity 9", 2}, {"alarms -src x", 2},
		{"show", 2}, {"show a b", 2}, {"show ../x", 2}, {"why", 2}, {"why example.com", 2}, {"allow", 2}, {"allow 192.0.2.7", 2},
		{"allow 192.0.2.7 -for 1h", 2}, {"allow 192.0.2.7 -why x", 2}, {"allow -list 192.0.2.7", 2}, {"learn -for never", 2},
		{"top -by colour", 2}, {"report -html -md", 2}, {"export -type all", 2}, {"verify -daemon -store x", 2},
		{"completion", 2}, {"completion tcsh", 2}, {"completion -h", 0}, {"completion bash", 0},
		{"services nonsense", 2}, {"services -nonsense", 2}, {"services -profile all", 2},
	}
	for _, tt := range tests {
		if got := run(strings.Fields(tt.args), io.Discard, io.Discard); got != tt.want {
			t.Errorf("klaxonctl %s: exit %d, want %d", tt.args, got, tt.want)
		}
	}
}
