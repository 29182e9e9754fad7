package services

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"klaxon"
)

const sampleHostFile = `# Network services, Internet style
tcpmux		1/tcp				# TCP port service multiplexer
exec		512/tcp
shell 514/tcp cmd syslog  # no passwords used
syslog		514/udp
amqp		5672/sctp
telnet 23/tcp
telnet 2323/tcp # getservbyname never gets here
other 23/tcp
123 123/tcp
bad;name 50/tcp good-alias
x 70/tcp alias$(reboot) fine	http_alt
y 0/tcp
y 65536/tcp
y -1/tcp
y 71
y 71/
y /tcp
y tcp
y 71/tcp/udp
` + "\x1b[2J 72/tcp\nctl\x00 73/tcp\n\xff\xfe 74/tcp\nlast 75/tcp"

func TestHostNamesPort(t *testing.T) {
	h := ParseHostNames(sampleHostFile)
	tests := []struct {
		name string
		tr   klaxon.Transport
		want uint16 // 0: not known
	}{
		{"tcpmux", tcp, 1},
		{"tcpmux", udp, 0},
		{"exec", tcp, 512},
		{"rexec", tcp, 0},
		{"cmd", tcp, 514},
		{"syslog", tcp, 514},
		{"syslog", udp, 514},
		{"telnet", tcp, 23},
		{"amqp", tcp, 0},
		{"123", tcp, 0},
		{"bad;name", tcp, 0},
		{"good-alias", tcp, 0}, // its line was skipped
		{"x", tcp, 70},
		{"alias$(reboot)", tcp, 0},
		{"fine", tcp, 70},
		{"http_alt", tcp, 70},
		{"y", tcp, 0},
		{"last", tcp, 75},
		{"", tcp, 0},
	}
	for _, tt := range tests {
		if got, ok := h.Port(tt.name, tt.tr); got != tt.want || ok != (tt.want != 0) {
			t.Errorf("%s/%s = %d, %v, want %d", tt.tr, tt.name, got, ok, tt.want)
		}
	}
}

func TestHostNamesName(t *testing.T) {
	h := ParseHostNames(sampleHostFile)
	tests := []struct {
		tr     klaxon.Transport
		port   uint16
		prefer string
		want   string // "": none
	}{
		{tcp, 1, "tcpmux", "tcpmux"},
		{tcp, 512, "rexec", "exec"}, // known by another name
		{tcp, 514, "cmd", "cmd"},    // an alias will do
		{tcp, 514, "rsh", "shell"},
		{tcp, 77, "rje", ""},
		{udp, 1, "tcpmux", ""},
		{tcp, 2323, "telnet", ""}, // the name leads to port 23
		{tcp, 23, "other", "other"},
	}
	for _, tt := range tests {
		if got, ok := h.Name(tt.tr, tt.port, tt.prefer); got != tt.want || ok != (tt.want != "") {
			t.Errorf("%s/%d %s = %q, %v, want %q", tt.tr, tt.port, tt.prefer, got, ok, tt.want)
		}
	}
}

func TestZeroHostNames(t *testing.T) {
	var h HostNames
	if _, ok := h.Name(tcp, 1, "tcpmux"); ok {
		t.Error("the zero value knows a name")
	}
}

func TestReadHostNames(t *testing.T) {
	dir := t.TempDir()
	if _, err := ReadHostNames(filepath.Join(dir, "none")); !os.IsNotExist(err) {
		t.Errorf("a missing file: %v", err)
	}
	path := filepath.Join(dir, "services")
	if err := os.WriteFile(path, []byte(strings.Repeat("#", maxHostFile+1)), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := ReadHostNames(path); err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("an endless file: %v", err)
	}
	if err := os.WriteFile(path, []byte(sampleHostFile), 0o600); err != nil {
		t.Fatal(err)
	}
	h, err := ReadHostNames(path)
	if err != nil {
		t.Fatal(err)
	}
	if port, _ := h.Port("exec", tcp); port != 512 {
		t.Errorf("exec is %d", port)
	}
}

func TestValidName(t *testing.T) {
	for name, want := range map[string]bool{
		"a": true, "z39.50": true, "3com-tsmux": true, "http_alt": true, "X11": true, "a+b": true,
		"": false, "80": false, "8-0": false, "-a": false, ".a": false, "a b": false, "a/b": false, "a\n": false,
		"a#": false, "é": false, "@a": false, "a[": false, "a`": false, "a{": false,
		strings.Repeat("a", 64): true, strings.Repeat("a", 65): false,
	} {
		if got := validName(name); got != want {
			t.Errorf("%q: %v, want %v", name, got, want)
		}
	}
}

func FuzzParseHostNames(f *testing.F) {
	f.Add(sampleHostFile)
	f.Add("a 1/tcp\r\nb 2/udp b2 b3#c")
	f.Fuzz(func(t *testing.T, text string) {
		h := ParseHostNames(text)
		for key, port := range h.ports {
			if port == 0 || !validName(key.name) || (key.transport != tcp && key.transport != udp) {
				t.Fatalf("%+v = %d", key, port)
			}
			if got, ok := h.Name(key.transport, port, key.name); !ok || got != key.name {
				t.Fatalf("%+v = %d is not found back: %q", key, port, got)
			}
		}
	})
}
