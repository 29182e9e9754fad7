package main

import (
	"net/netip"
	"slices"
	"testing"

	"klaxon"
	"klaxon/internal/config"
	"klaxon/internal/track"
)

// TestOwnServices: what an output calls of this host is known from the
// configuration, and nothing of another host is.
func TestOwnServices(t *testing.T) {
	outputs := []config.OutputTable{
		{Name: "elastic", Type: "elastic", Enabled: true, URL: "http://127.0.0.1:9200"},
		{Name: "web", Type: "webhook", Enabled: true, URL: "https://localhost/hook"},
		{Name: "mapped", Type: "webhook", Enabled: true, URL: "http://[::ffff:127.0.0.1]:81/"},
		{Name: "mail", Type: "mail", Enabled: true, Address: "[::1]:25"},
		{Name: "log", Type: "syslog", Enabled: true, Address: "localhost:514", Transport: "udp"},
		{Name: "metrics", Type: "metrics", Enabled: true, Address: ":9464"},
		{Name: "off", Type: "mail", Address: "127.0.0.1:26"},
		{Name: "elsewhere", Type: "mail", Enabled: true, Address: "192.0.2.1:25"},
		{Name: "named", Type: "mail", Enabled: true, Address: "mail.example.net:25"},
		{Name: "hidden", Type: "webhook", Enabled: true, URL: "file:/etc/klaxon/url"},
		{Name: "socket", Type: "syslog", Enabled: true, Address: "/dev/log", Transport: "unix"},
		{Name: "file", Type: "file", Enabled: true, Path: "/var/log/x"},
		{Name: "broken", Type: "webhook", Enabled: true, URL: "http://127.0.0.1:99999/"},
	}
	want := []ownService{
		{Port: klaxon.Port{Transport: klaxon.TCP, Number: 9200}, host: "127.0.0.1", output: "elastic"},
		{Port: klaxon.Port{Transport: klaxon.TCP, Number: 443}, host: "localhost", output: "web"},
		{Port: klaxon.Port{Transport: klaxon.TCP, Number: 81}, host: "::ffff:127.0.0.1", output: "mapped"},
		{Port: klaxon.Port{Transport: klaxon.TCP, Number: 25}, host: "::1", output: "mail"},
		{Port: klaxon.Port{Transport: klaxon.UDP, Number: 514}, host: "localhost", output: "log"},
		{Port: klaxon.Port{Transport: klaxon.TCP, Number: 9464}, output: "metrics", serves: true},
	}
	if got := ownServices(outputs); !slices.Equal(got, want) {
		t.Errorf("got  %v\nwant %v", got, want)
	}
}

// TestOwnCalls: a call is known by its address as well, or whoever binds the port on
// another one would be unheard.
func TestOwnCalls(t *testing.T) {
	got := calls(ownServices([]config.OutputTable{
		{Name: "web", Type: "webhook", Enabled: true, URL: "http://127.0.0.5:81/"},
		{Name: "log", Type: "syslog", Enabled: true, Address: "localhost:514", Transport: "udp"},
		{Name: "metrics", Type: "metrics", Enabled: true, Address: ":9464"},
		{Name: "off", Type: "mail", Address: "127.0.0.1:26"},
		{Name: "elsewhere", Type: "mail", Enabled: true, Address: "192.0.2.1:25"},
	}))
	want := []track.OwnCall{
		{Transport: klaxon.TCP, At: netip.MustParseAddrPort("127.0.0.5:81")},
		{Transport: klaxon.UDP, At: netip.MustParseAddrPort("127.0.0.1:514")},
		{Transport: klaxon.UDP, At: netip.MustParseAddrPort("[::1]:514")},
	}
	if !slices.Equal(got, want) {
		t.Errorf("got  %v\nwant %v", got, want)
	}
}
