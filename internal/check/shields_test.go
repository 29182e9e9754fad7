package check

import (
	"net/netip"
	"slices"
	"testing"

	"klaxon"
	"klaxon/internal/config"
	"klaxon/internal/firewall"
)

// TestTraps: what is looked at is what klaxond would arm, in the families that it
// would listen on.
func TestTraps(t *testing.T) {
	trap := func(transport klaxon.Transport, n uint16, v4, v6 bool) firewall.Trap {
		return firewall.Trap{Port: klaxon.Port{Transport: transport, Number: n}, V4: v4, V6: v6}
	}
	for name, x := range map[string]struct {
		c    config.Config
		want []firewall.Trap
	}{
		"every address": {config.Config{Services: []string{"tcp/23", "udp/69"}}, []firewall.Trap{trap(klaxon.TCP, 23, true, true), trap(klaxon.UDP, 69, true, true)}},
		"an exception":  {config.Config{Services: []string{"tcp/22-24"}, Except: []string{"tcp/23", "udp/24"}}, []firewall.Trap{trap(klaxon.TCP, 22, true, true), trap(klaxon.TCP, 24, true, true)}},
		"IPv4 alone":    {config.Config{Services: []string{"tcp/23"}, Addresses: []netip.Addr{netip.MustParseAddr("192.0.2.1")}}, []firewall.Trap{trap(klaxon.TCP, 23, true, false)}},
		"IPv6 alone":    {config.Config{Services: []string{"tcp/23"}, Addresses: []netip.Addr{netip.MustParseAddr("2001:db8::1")}}, []firewall.Trap{trap(klaxon.TCP, 23, false, true)}},
		"passive":       {config.Config{Services: []string{"tcp/23"}, Mode: config.ModePassive}, nil},
		"an output's":   {config.Config{Services: []string{"tcp/23-24"}, Outputs: []config.OutputTable{{Type: "webhook", Enabled: true, URL: "http://127.0.0.1:23/"}}}, []firewall.Trap{trap(klaxon.TCP, 24, true, true)}},
		"every mode":    {config.Config{Services: []string{"tcp/23"}, Mode: config.ModeActive}, []firewall.Trap{trap(klaxon.TCP, 23, true, true)}},
	} {
		if got, err := traps(&x.c); err != nil || !slices.Equal(got, x.want) {
			t.Errorf("%s: %v, %v; want %v", name, got, err, x.want)
		}
	}
	if _, err := traps(&config.Config{Services: []string{"nonsense"}}); err == nil {
		t.Error("nonsense is a service")
	}
}
