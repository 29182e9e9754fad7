package wire

import (
	"net/netip"
	"reflect"
	"strings"
	"testing"
)

func TestComment(t *testing.T) {
	for text, s := range map[string]Settings{
		"tocsin seed=0": {},
		"tocsin seed=18446744073709551615 sensor=gate.example mirrors=true one-way=true gateways=10.0.0.1,fe80::1": {
			Seed: 1<<64 - 1, Sensor: "gate.example", Mirrors: true, OneWay: true,
			Gateways: []netip.Addr{netip.MustParseAddr("10.0.0.1"), netip.MustParseAddr("fe80::1")},
		},
	} {
		if got := s.Comment(); got != text {
			t.Errorf("%+v became %q", s, got)
		}
		if got, ok := ParseComment(text); !ok || !reflect.DeepEqual(got, s) {
			t.Errorf("%q became %+v, %v", text, got, ok)
		}
	}
	odd := Settings{Sensor: "a b", Gateways: make([]netip.Addr, 0)}
	odd.Gateways = append(odd.Gateways, netip.MustParseAddr("fe80::1%eth0"))
	if got := odd.Comment(); got != "tocsin seed=0 gateways=fe80::1" {
		t.Errorf("%q", got)
	}
}

// TestForeignComments: only what Comment writes is believed.
func TestForeignComments(t *testing.T) {
	for _, text := range []string{
		"", "tocsin", "tocsin ", "tocsin  seed=1", "tocsin seed=", "tocsin seed=-1", "tocsin seed=01", "tocsin seed=+1",
		"tocsin seed=18446744073709551616", "tocsin seed=1 ", "Tocsin seed=1", "tocsin seed=1 seed=1", "tocsin sensor=a",
		"tocsin seed=1 sensor=", "tocsin seed=1 sensor=a\x1b", "tocsin seed=1 sensor=" + strings.Repeat("a", 129),
		"tocsin seed=1 mirrors=false", "tocsin seed=1 mirrors", "tocsin seed=1 one-way=1", "tocsin seed=1 gateways=",
		"tocsin seed=1 gateways=10.0.0.1,", "tocsin seed=1 gateways=fe80::1%eth0", "tocsin seed=1 gateways=FE80::1",
		"tocsin seed=1 gateways=" + strings.Repeat("10.0.0.1,", 16) + "10.0.0.1", "tocsin seed=1 other=x", "tocsin sensor=a seed=1",
		"tocsin seed=1\n", "made by tocsin seed=1",
	} {
		if s, ok := ParseComment(text); ok {
			t.Errorf("%q was believed: %+v", text, s)
		}
	}
}

func FuzzComment(f *testing.F) {
	f.Add("tocsin seed=1 sensor=a mirrors=true one-way=true gateways=10.0.0.1,::1")
	f.Add("tocsin seed=1 gateways=::ffff:1.2.3.4")
	f.Fuzz(func(t *testing.T, text string) {
		if s, ok := ParseComment(text); ok && s.Comment() != text {
			t.Errorf("%q was believed, and is written %q", text, s.Comment())
		}
	})
}
