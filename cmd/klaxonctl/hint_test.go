//go:build !(aix || dragonfly || illumos || solaris)

package main

import (
	"slices"
	"strings"
	"testing"
)

// TestHowToStart: what is hinted at is there.
func TestHowToStart(t *testing.T) {
	t.Setenv("PATH", "/opt/bin:/usr/bin")
	for want, there := range map[string][]string{
		"start it with: systemctl start klaxond": {"/usr/lib/systemd/system/klaxond.service", "/opt/bin/klaxond"},
		"start it with: /opt/bin/klaxond":        {"/opt/bin/klaxond", "/usr/sbin/klaxond"},
		"start it with: /usr/sbin/klaxond":       {"/usr/sbin/klaxond"},
		"no klaxond is installed here":           nil,
	} {
		got := howToStart(func(path string) bool { return slices.Contains(there, path) })
		if !strings.HasPrefix(got, want) {
			t.Errorf("%v: %s, want %s", there, got, want)
		}
	}
}

func TestWhoMayRead(t *testing.T) {
	state := func(path string) bool { return path == "/var/lib/klaxon" }
	nothing := func(string) bool { return false }
	for _, c := range []struct {
		store  bool
		euid   int
		exists func(string) bool
		want   bool
	}{{true, 1000, state, true}, {true, 0, state, false}, {false, 1000, state, false}, {true, 1000, nothing, false}} {
		if got := whoMayRead(c.store, c.euid, c.exists); (got != "") != c.want {
			t.Errorf("%+v: %q", c, got)
		}
	}
}

func TestUnknown(t *testing.T) {
	for word, want := range map[string]string{
		"stauts": `unknown command "stauts"; did you mean status?`, "alarm": `unknown command "alarm"; did you mean alarms?`,
		"nonsense": `unknown command "nonsense"`, "-json": `"-json" stands before the command: flags come after it`,
	} {
		if got := unknown(word); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}
