package main

import (
	"net/netip"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"klaxon"
)

func TestParse(t *testing.T) {
	o, err := parse(strings.Fields("-i eth0 -i eth1 -p -w out.pcapng -json -syslog -home 10.0.0.0/8,2001:db8::/32 -home 192.0.2.1 " +
		"-dark 10.9.9.0/24 -allow a.txt -one-way -floor proven -mem 128M -seed 18446744073709551615 -filter-file f -sensor gate-1 -plot a.svg -evidence kept -q courier tcp/22"))
	if err != nil {
		t.Fatal(err)
	}
	o.given = nil
	want := options{
		interfaces: []string{"eth0", "eth1"}, promiscuous: true, write: "out.pcapng", json: true, syslog: true,
		home: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("2001:db8::/32"), netip.MustParsePrefix("192.0.2.1/32")},
		dark: []netip.Prefix{netip.MustParsePrefix("10.9.9.0/24")}, allowFile: "a.txt", oneWay: true, floor: klaxon.Proven,
		memory: 128 << 20, seed: 1<<64 - 1, filterFile: "f", sensor: "gate-1", plot: "a.svg", evidence: "kept", quiet: true, services: []string{"courier", "tcp/22"},
	}
	if !reflect.DeepEqual(o, want) {
		t.Errorf("\n got %+v\nwant %+v", o, want)
	}
}

func TestVerboseTellsSuspects(t *testing.T) {
	for args, want := range map[string]klaxon.Confidence{
		"": klaxon.Established, "-v": klaxon.Suspect, "-v -floor proven": klaxon.Proven, "-floor suspect": klaxon.Suspect,
	} {
		if o, err := parse(strings.Fields(args)); err != nil || o.floor != want {
			t.Errorf("%q: floor %v, %v", args, o.floor, err)
		}
	}
}

func TestParseErrors(t *testing.T) {
	for args, want := range map[string]string{
		"-i eth0 -r x":         "want one of them",
		"-r=":                  "want a file",
		"-w -":                 "standard output is for alarms",
		"courier -v":           "-v stands behind a service",
		"-home 10.0.0.1/33":    `"10.0.0.1/33" is no network`,
		"-home 10.0.0.0/8,,":   `"" is no network`,
		"-home ::ffff:1.2.3.4": "want it as IPv4",
		"-dark fe80::1%eth0":   "is no network",
		"-floor sure":          "want suspect, established or proven",
		"-mem 1M":              "at least 4M",
		"-mem M":               "such as 64M",
		"-mem 9999999999G":     "such as 64M",
		"-mem -64M":            "such as 64M",
		"-mem 64T":             "such as 64M",
		"-seed -1":             "want a number",
		"-seed 0x1":            "want a number",
		"-evidence=":           "wants a folder",
		"-plot x":              "ends in .svg or .png",
		"-plto x":              "flag provided but not defined: -plto",
		"-sensor a/b":          "want letters",
	} {
		if _, err := parse(strings.Fields(args)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", args, err, want)
		}
	}
}

func TestMemory(t *testing.T) {
	for text, want := range map[string]int64{"4M": 4 << 20, "1g": 1 << 30, "5000k": 5000 << 10, "8388608": 8 << 20} {
		var o options
		if err := o.setMemory(text); err != nil || o.memory != want {
			t.Errorf("%s is %d, %v", text, o.memory, err)
		}
	}
}

func TestAllowed(t *testing.T) {
	path := filepath.Join(t.TempDir(), "allow")
	good := "# scanners of ours\n\n10.0.0.7   # nessus\n  2001:db8::/32\r\n192.0.2.77/24\n"
	if err := os.WriteFile(path, []byte(good), 0o600); err != nil {
		t.Fatal(err)
	}
	got, err := readAllowed(path)
	want := []netip.Prefix{netip.MustParsePrefix("10.0.0.7/32"), netip.MustParsePrefix("2001:db8::/32"), netip.MustParsePrefix("192.0.2.0/24")}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%v, %v", got, err)
	}
	for bad, line := range map[string]string{
		"10.0.0.1\nscanner.example\n": ":2: ", "10.0.0.0/40": ":1: ", "\n\n" + strings.Repeat("x", 5000): ":3: ", "a\x00b": ":1: ",
	} {
		if err := os.WriteFile(path, []byte(bad), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := readAllowed(path); err == nil || !strings.Contains(err.Error(), path+line) {
			t.Errorf("%.20q: %v, want %q in it", bad, err, line)
		}
	}
}

// TestCreate: what is read is not emptied, nor what a link leads to.
func TestCreate(t *testing.T) {
	dir := t.TempDir()
	path, link := filepath.Join(dir, "a"), filepath.Join(dir, "b")
	if err := os.WriteFile(path, []byte("capture"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Link(path, link); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(path, filepath.Join(dir, "c")); err != nil {
		t.Fatal(err)
	}
	in, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	for name, want := range map[string]string{"a": "it is the file that is read", "b": "it is the file that is read", "c": "symbolic link"} {
		if _, err := create(filepath.Join(dir, name), in); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if text, err := os.ReadFile(path); err != nil || string(text) != "capture" {
		t.Errorf("%q, %v", text, err)
	}
	out, err := create(path, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	if info, err := out.Stat(); err != nil || info.Size() != 0 {
		t.Errorf("an old file is not emptied: %v, %v", info.Size(), err)
	}
}
