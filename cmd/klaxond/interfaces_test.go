package main

import (
	"errors"
	"net"
	"slices"
	"strings"
	"testing"
)

// TestSift: what can be opened is told apart from what cannot, each once.
func TestSift(t *testing.T) {
	good, bad := sift([]string{"eth0", "ethO", "eth0", "eth1", "ethO"}, func(name string) error {
		if name == "ethO" {
			return errors.New("no such interface")
		}
		return nil
	})
	if !slices.Equal(good, []string{"eth0", "eth1"}) || len(bad) != 1 || bad[0].Error() != "wire.interfaces: ethO is not watched: no such interface" {
		t.Errorf("%v, %v", good, bad)
	}
}

// TestBeside: where loopback alone is watched, what else there is is told.
func TestBeside(t *testing.T) {
	lo, up, down := net.Interface{Name: "lo", Flags: net.FlagLoopback | net.FlagUp}, net.Interface{Name: "veth0", Flags: net.FlagUp}, net.Interface{Name: "eth9"}
	many := []net.Interface{lo}
	for _, n := range strings.Split("abcdefgh", "") {
		many = append(many, net.Interface{Name: n, Flags: net.FlagUp})
	}
	for want, c := range map[string]struct {
		all     []net.Interface
		watched []string
	}{
		"veth0":                  {[]net.Interface{lo, up, down}, []string{"lo"}},
		"":                       {[]net.Interface{lo, up, down}, []string{"lo", "veth0"}},
		"a b c d e f and 2 more": {many, []string{"lo"}},
	} {
		if got := beside(c.all, c.watched); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// TestWelcome: of an interface that comes later is told once.
func TestWelcome(t *testing.T) {
	d, told := host(t, t.TempDir())
	d.cfg.Wire.Enabled, d.cfg.Wire.Interfaces = true, []string{"eth0", "usb0", "usb1"}
	there := map[string]bool{"eth0": true}
	is := func(name string) bool { return there[name] }
	d.absent = d.absentees(is)
	d.welcome(is)
	there["usb1"] = true
	d.welcome(is)
	d.welcome(is)
	if got := told(); len(got) != 1 || got[0] != "wire: usb1 is there now: start klaxond again to watch it" {
		t.Errorf("%q", got)
	}
	if !slices.Equal(d.absent, []string{"usb0"}) {
		t.Errorf("still absent: %v", d.absent)
	}
}
