package config_test

import (
	"net/netip"
	"slices"
	"testing"

	"klaxon"
	"klaxon/internal/config"
	"klaxon/internal/track"
)

// TestOwnCalls: a call is known by its address as well, or whoever binds the port on
// another one would be unheard.
func TestOwnCalls(t *testing.T) {
	own := config.OwnServices([]config.OutputTable{
		{Name: "web", Type: "webhook", Enabled: true, URL: "http://127.0.0.5:81/"},
		{Name: "log", Type: "syslog", Enabled: true, Address: "localhost:514", Transport: "udp"},
		{Name: "metrics", Type: "metrics", Enabled: true, Address: ":9464"},
		{Name: "off", Type: "mail", Address: "127.0.0.1:26"},
		{Name: "elsewhere", Type: "mail", Enabled: true, Address: "192.0.2.1:25"},
	})
	got := config.OwnCalls(own)
	want := []track.OwnCall{
		{Transport: klaxon.TCP, At: netip.MustParseAddrPort("127.0.0.5:81")},
		{Transport: klaxon.UDP, At: netip.MustParseAddrPort("127.0.0.1:514")},
		{Transport: klaxon.UDP, At: netip.MustParseAddrPort("[::1]:514")},
	}
	if !slices.Equal(got, want) {
		t.Errorf("got  %v\nwant %v", got, want)
	}
}
