package config

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"klaxon"
)

// TestOwnServices: what an output calls of this host is known from the
// configuration, also where that names a secret, and nothing of another host is.
func TestOwnServices(t *testing.T) {
	hidden := filepath.Join(t.TempDir(), "url")
	if err := os.WriteFile(hidden, []byte("http://127.0.0.1:9099/hook/s3cret\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	outputs := []OutputTable{
		{Name: "elastic", Type: "elastic", Enabled: true, URL: "http://127.0.0.1:9200"},
		{Name: "web", Type: "webhook", Enabled: true, URL: "https://localhost/hook"},
		{Name: "mapped", Type: "webhook", Enabled: true, URL: "http://[::ffff:127.0.0.1]:81/"},
		{Name: "mail", Type: "mail", Enabled: true, Address: "[::1]:25"},
		{Name: "log", Type: "syslog", Enabled: true, Address: "localhost:514", Transport: "udp"},
		{Name: "metrics", Type: "metrics", Enabled: true, Address: ":9464"},
		{Name: "off", Type: "mail", Address: "127.0.0.1:26"},
		{Name: "elsewhere", Type: "mail", Enabled: true, Address: "192.0.2.1:25"},
		{Name: "named", Type: "mail", Enabled: true, Address: "mail.example.net:25"},
		{Name: "hidden", Type: "webhook", Enabled: true, URL: "file:" + hidden},
		{Name: "missing", Type: "webhook", Enabled: true, URL: "file:" + hidden + ".none"},
		{Name: "socket", Type: "syslog", Enabled: true, Address: "/dev/log", Transport: "unix"},
		{Name: "file", Type: "file", Enabled: true, Path: "/var/log/x"},
		{Name: "broken", Type: "webhook", Enabled: true, URL: "http://127.0.0.1:99999/"},
	}
	want := []OwnService{
		{Port: klaxon.Port{Transport: klaxon.TCP, Number: 9200}, Host: "127.0.0.1", Output: "elastic"},
		{Port: klaxon.Port{Transport: klaxon.TCP, Number: 443}, Host: "localhost", Output: "web"},
		{Port: klaxon.Port{Transport: klaxon.TCP, Number: 81}, Host: "::ffff:127.0.0.1", Output: "mapped"},
		{Port: klaxon.Port{Transport: klaxon.TCP, Number: 25}, Host: "::1", Output: "mail"},
		{Port: klaxon.Port{Transport: klaxon.UDP, Number: 514}, Host: "localhost", Output: "log"},
		{Port: klaxon.Port{Transport: klaxon.TCP, Number: 9464}, Output: "metrics", Serves: true},
		{Port: klaxon.Port{Transport: klaxon.TCP, Number: 9099}, Host: "127.0.0.1", Output: "hidden"},
	}
	if got := OwnServices(outputs); !slices.Equal(got, want) {
		t.Errorf("got  %v\nwant %v", got, want)
	}
}

// TestLeaves: an output for this host itself takes nothing away from it, whatever it
// calls the host; one whose address is not known may.
func TestLeaves(t *testing.T) {
	name, err := os.Hostname()
	if err != nil {
		t.Fatal(err)
	}
	for where, want := range map[string]bool{
		"127.0.0.1:6514": false, "[::1]:6514": false, "localhost:6514": false, "LOCALHOST.:6514": false, "log.localhost:6514": false,
		"ip6-localhost:6514": false, "localhost.localdomain:6514": false, name + ":6514": false, "[::ffff:127.0.0.2]:6514": false, "0.0.0.0:6514": false,
		"/dev/log": false, "": false,
		"192.0.2.1:6514": true, "log.example.net:6514": true, "localhost.example.net:6514": true,
		"https://127.0.0.1/x": false, "https://log.example.net/": true, "file:/nowhere/url": true,
	} {
		o := OutputTable{Type: "syslog", Transport: "tcp", Address: where}
		if strings.Contains(where, "://") || strings.HasPrefix(where, "file:") {
			o.Address, o.URL = "", where
		}
		if got := o.Leaves(); got != want {
			t.Errorf("%s: %v", where, got)
		}
	}
}
