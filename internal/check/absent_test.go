package check

import (
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"klaxon/internal/config"
)

// TestAbsent: each name that leads nowhere is told, and none that does.
func TestAbsent(t *testing.T) {
	own := []netip.Addr{netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("fe80::1")}
	addrs := func(list ...string) (out []netip.Addr) {
		for _, a := range list {
			out = append(out, netip.MustParseAddr(a))
		}
		return out
	}
	wire := func(names ...string) config.Wire { return config.Wire{Enabled: true, Interfaces: names} }
	for name, x := range map[string]struct {
		c    config.Config
		want []string
	}{
		"all there":      {config.Config{Services: []string{"tcp/23"}, Wire: wire("eth0"), Addresses: addrs("192.0.2.1", "::ffff:192.0.2.1", "fe80::1%eth0", "0.0.0.0", "::", "127.0.0.3")}, nil},
		"a slip":         {config.Config{Services: []string{"tcp/23"}, Wire: wire("eth0", "ethO")}, []string{"wire.interfaces: there is no interface ethO now: klaxond would not watch it"}},
		"no wire at all": {config.Config{Services: []string{"tcp/23"}, Wire: config.Wire{Interfaces: []string{"ethO"}}}, nil},
		"another host":   {config.Config{Services: []string{"tcp/23"}, Addresses: addrs("192.0.2.2")}, []string{"addresses: 192.0.2.2 is no address of this host now: no trap would be armed on it"}},
		"all excepted":   {config.Config{Services: []string{"tcp/23"}, Except: []string{"tcp/1-1024"}}, []string{"except names every one of the services: no trap would be armed"}},
		"passive":        {config.Config{Services: []string{"tcp/23"}, Except: []string{"tcp/23"}, Mode: config.ModePassive}, nil},
	} {
		if got := absent(&x.c, func(name string) bool { return name == "eth0" }, own); !slices.Equal(got, x.want) {
			t.Errorf("%s: %q, want %q", name, got, x.want)
		}
	}
}

func TestBroken(t *testing.T) {
	paths := config.Paths{State: t.TempDir()}
	for text, want := range map[string]string{
		"": "",
		"[[allow]]\naddress = [\"192.0.2.1\"]\nreason = \"x\"\n": "",
		"[[allow]]\naddress = [\"192.0.2.1\"]\n":                 ":1:3: allow: a rule needs a reason",
		"services = [\"tcp/1\"]\n":                               "want [[allow]] and nothing else",
		"#" + strings.Repeat(" ", 1<<20):                         "longer than",
	} {
		if err := os.WriteFile(paths.Allowed(), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		got := broken(paths)
		if (len(got) == 0) != (want == "") || len(got) > 0 && !strings.Contains(got[0], want) {
			t.Errorf("%.60q: %q, want %q", text, got, want)
		}
	}
	if got := broken(config.Paths{State: filepath.Join(paths.State, "none")}); got != nil {
		t.Errorf("no file: %q", got)
	}
}
