package check_test

import (
	"net/netip"
	"slices"
	"testing"

	"klaxon"
	"klaxon/internal/check"
	"klaxon/internal/config"
	"klaxon/internal/track"
)

// TestTraps: what an output has of this host is no trap, and its calls are
// nobody's, as with klaxond.
func TestTraps(t *testing.T) {
	c := &config.Config{Services: []string{"tcp/23-25"}, Outputs: []config.OutputTable{
		{Name: "web", Type: "webhook", Enabled: true, URL: "http://127.0.0.1:24/"}}}
	tcp := func(n uint16) klaxon.Port { return klaxon.Port{Transport: klaxon.TCP, Number: n} }
	if got, err := check.Traps(c); err != nil || !slices.Equal(got, []klaxon.Port{tcp(23), tcp(25)}) {
		t.Errorf("traps are %v, %v", got, err)
	}
	want := []track.OwnCall{{Transport: klaxon.TCP, At: netip.MustParseAddrPort("127.0.0.1:24")}}
	if got := config.OwnCalls(config.OwnServices(c.Outputs)); !slices.Equal(got, want) {
		t.Errorf("calls are %v", got)
	}
}
