package main

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"klaxon/internal/services"
)

// netbase is a piece of Debian's /etc/services with a trap in it: a name of
// the catalogue on another port.
const netbase = `tcpmux 1/tcp
exec 512/tcp
shell 514/tcp cmd syslog
syslog 514/udp
tftp 69/udp
sunrpc 111/tcp portmapper
sunrpc 111/udp portmapper
supdup 9595/tcp
`

func everything(t *testing.T, hostFile string) *setup {
	t.Helper()
	traps, err := services.Parse([]string{"all", "tcp/4000,65535", "udp/4000"})
	if err != nil {
		t.Fatal(err)
	}
	return &setup{traps: traps, program: "/usr/sbin/klaxon", host: services.ParseHostNames(hostFile), file: "/etc/services"}
}

func written(s *setup, write func(io.Writer, *setup)) string {
	var buf bytes.Buffer
	write(&buf, s)
	return buf.String()
}

// parseInetdLine is the grammar of inetd.conf(5), as far as a trap needs it.
func parseInetdLine(line string, host *services.HostNames) (services.Trap, error) {
	f := strings.Fields(line)
	if len(f) != 8 {
		return services.Trap{}, fmt.Errorf("%d fields, want 8", len(f))
	}
	traps, err := services.Parse([]string{f[2] + "/1"}) // for the transport
	if err != nil {
		return services.Trap{}, err
	}
	trap := services.Trap{Transport: traps[0].Transport, Label: f[7]}
	port, known := host.Port(f[0], trap.Transport)
	if !known {
		n, err := strconv.ParseUint(f[0], 10, 16)
		if err != nil {
			return trap, fmt.Errorf("inetd cannot resolve %q", f[0])
		}
		port = uint16(n)
	}
	trap.Port = port
	kind := f[1] + " " + f[2] + " " + f[3]
	if kind != "stream tcp nowait" && kind != "dgram udp wait" {
		return trap, fmt.Errorf("%q is no way to start a trap", kind)
	}
	if f[4] != "root" || !strings.HasPrefix(f[5], "/") || filepath.Base(f[5]) != f[6] {
		return trap, fmt.Errorf("user %q, server %q, argv[0] %q", f[4], f[5], f[6])
	}
	return trap, nil
}

func TestEveryInetdLineParses(t *testing.T) {
	for _, hostFile := range []string{"", netbase} {
		s := everything(t, hostFile)
		var got []services.Trap
		for line := range strings.Lines(written(s, writeInetd)) {
			if strings.HasPrefix(line, "#") {
				continue
			}
			trap, err := parseInetdLine(line, s.host)
			if err != nil {
				t.Errorf("%q: %v", line, err)
			}
			got = append(got, trap)
		}
		if len(got) != len(s.traps) {
			t.Fatalf("%d lines for %d traps", len(got), len(s.traps))
		}
		for i := range got {
			if got[i] != s.traps[i] {
				t.Errorf("line %d is %+v, want %+v", i, got[i], s.traps[i])
			}
		}
	}
}

func TestRPCLines(t *testing.T) {
	line := regexp.MustCompile(`(?m)^#[a-z]+/[0-9](-[0-9])?\tdgram\trpc/udp\twait\troot\t/usr/sbin/klaxon\tklaxon [a-z]+$`)
	out := written(everything(t, netbase), writeInetd)
	if n := len(line.FindAllString(out, -1)); n != len(services.RPCPrograms()) {
		t.Errorf("%d RPC lines, want %d", n, len(services.RPCPrograms()))
	}
}

// TestUnitNamesAreUnique: no file overwrites another.
func TestUnitNamesAreUnique(t *testing.T) {
	plain := regexp.MustCompile(`^klaxon-(tcp|udp)-[A-Za-z0-9_-]+$`)
	seen := map[string]bool{}
	for _, trap := range everything(t, "").traps {
		name := unitName(trap, "-")
		if seen[name] || !plain.MatchString(name) {
			t.Errorf("%+v: unit name %q is taken or odd", trap, name)
		}
		seen[name] = true
	}
}

func TestPropertyListsAreXML(t *testing.T) {
	s := everything(t, "")
	s.ident = true // with its comments
	for i := range s.traps {
		one := *s
		one.traps = s.traps[i : i+1]
		dec := xml.NewDecoder(strings.NewReader(written(&one, writeLaunchd)))
		for {
			if _, err := dec.Token(); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				t.Fatalf("%+v: %v", s.traps[i], err)
			}
		}
	}
}

// TestSystemdAcceptsUnits has systemd itself read the units.
func TestSystemdAcceptsUnits(t *testing.T) {
	analyze, err := exec.LookPath("systemd-analyze")
	if err != nil {
		t.Skip("systemd-analyze is not installed")
	}
	dir := t.TempDir()
	traps, err := services.Parse([]string{"rje", "sunrpc", "ftp", "tcp/4000"})
	if err != nil {
		t.Fatal(err)
	}
	program := filepath.Join(dir, "klaxon") // must exist for systemd
	if err := os.WriteFile(program, []byte("#!/bin/sh\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	out := written(&setup{traps: traps, program: program, ident: true, host: &services.HostNames{}}, writeSystemd)
	args := []string{"verify", "--man=no"}
	for _, file := range strings.Split(out, "# /etc/systemd/system/")[1:] {
		name, text, _ := strings.Cut(file, "\n")
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if strings.HasSuffix(name, ".socket") {
			args = append(args, path)
		}
	}
	if len(args) != 2+len(traps) {
		t.Fatalf("%d sockets for %d traps:\n%s", len(args)-2, len(traps), out)
	}
	said, err := exec.Command(analyze, args...).CombinedOutput()
	if err != nil || bytes.Contains(said, []byte(dir)) {
		t.Errorf("systemd-analyze: %v\n%s", err, said)
	}
}

func TestCheckPath(t *testing.T) {
	for path, want := range map[string]bool{
		"/usr/sbin/klaxon": true, "/opt/a_b-c/1.0+x/klaxon.ident": true,
		"": false, "klaxon": false, "./klaxon": false, "/a b/klaxon": false, "/a\n/klaxon": false,
		"/a%i/klaxon": false, "/a<b/klaxon": false, "/a#b": false, "/a\"b": false, "/é": false, "/$HOME/klaxon": false,
	} {
		if err := checkPath(path); (err == nil) != want {
			t.Errorf("%q: %v", path, err)
		}
	}
}

// fullDisk takes nothing.
type fullDisk struct{}

func (fullDisk) Write([]byte) (int, error) { return 0, errors.New("no space left") }

func TestWriteErrorsAreTold(t *testing.T) {
	for _, f := range formats {
		var stderr bytes.Buffer
		args := []string{"rexec"}
		if f.flag != "" {
			args = []string{"-" + f.flag, "rexec"}
		}
		if code := runServices(args, fullDisk{}, &stderr); code != exitUsage || !strings.Contains(stderr.String(), "no space left") {
			t.Errorf("-%s: exit %d, %q", f.flag, code, stderr.String())
		}
	}
}
