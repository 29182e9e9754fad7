package netsyslog

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"klaxon"
	"klaxon/internal/nstest"
	"klaxon/internal/outbound"
	"klaxon/internal/render"
	"klaxon/internal/sink/sinktest"
	"klaxon/test/debs"
)

// paper is an authority and what it signed, in files.
type paper struct {
	dir    string
	key    *ecdsa.PrivateKey
	cert   *x509.Certificate
	serial int64
}

func (p *paper) path(name string) string { return filepath.Join(p.dir, name) }

func (p *paper) write(t *testing.T, name, kind string, der []byte) {
	t.Helper()
	if err := os.WriteFile(p.path(name), pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
}

// sign makes NAME.crt and NAME.key; the first is the authority itself.
func (p *paper) sign(t *testing.T, name string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	p.serial++
	c := &x509.Certificate{SerialNumber: big.NewInt(p.serial), Subject: pkix.Name{CommonName: name}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, KeyUsage: x509.KeyUsageDigitalSignature, BasicConstraintsValid: true,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth}}
	if p.cert == nil {
		c.IsCA, c.KeyUsage, c.ExtKeyUsage = true, x509.KeyUsageCertSign, nil
		p.key, p.cert = key, c
	}
	der, err := x509.CreateCertificate(rand.Reader, c, p.cert, key.Public(), p.key)
	if err != nil {
		t.Fatal(err)
	}
	p.write(t, name+".crt", "CERTIFICATE", der)
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	p.write(t, name+".key", "PRIVATE KEY", private)
}

// rsyslogd starts the real one, and returns its address and the file it writes.
func rsyslogd(t *testing.T, program string, p *paper, module string) (addr, out string) {
	t.Helper()
	path, err := debs.Find(program)
	if err != nil {
		nstest.Skip(t, err.Error())
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr, out = l.Addr().String(), p.path("out")
	l.Close()
	conf := fmt.Sprintf(`
global(workDirectory="%[1]s" DefaultNetstreamDriverCAFile="%[1]s/ca.crt" DefaultNetstreamDriverCertFile="%[1]s/server.crt" DefaultNetstreamDriverKeyFile="%[1]s/server.key" net.enableDNS="off")
%[2]s
input(type="imtcp" address="127.0.0.1" port="%[3]s")
template(name="t" type="string" string="%%hostname%%|%%app-name%%|%%msgid%%|%%structured-data%%|%%msg%%\n")
action(type="omfile" file="%[4]s" template="t")
`, p.dir, module, addr[strings.LastIndexByte(addr, ':')+1:], out)
	if err := os.WriteFile(p.path("conf"), []byte(conf), 0o600); err != nil {
		t.Fatal(err)
	}
	var said bytes.Buffer
	cmd := exec.Command(path, "-n", "-f", p.path("conf"), "-i", p.path("pid"))
	cmd.Stdout, cmd.Stderr = &said, &said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
		if t.Failed() {
			t.Logf("rsyslogd: %s", said.Bytes())
		}
	})
	for range 1000 {
		if c, err := net.Dial("tcp", addr); err == nil {
			c.Close()
			return addr, out
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatalf("rsyslogd does not listen: %s", said.Bytes())
	return "", ""
}

func waitFor(t *testing.T, path string, n int) []string {
	t.Helper()
	for range 1000 {
		text, _ := os.ReadFile(path)
		if lines := strings.Split(strings.TrimSuffix(string(text), "\n"), "\n"); len(lines) >= n && len(text) > 0 {
			return lines
		}
		time.Sleep(10 * time.Millisecond)
	}
	text, _ := os.ReadFile(path)
	t.Fatalf("%d lines did not come: %.2000s", n, text)
	return nil
}

// TestRsyslog: over TCP and over TLS, with a certificate of our own where rsyslog
// wants one, the real rsyslogd has every record as it was, in order.
func TestRsyslog(t *testing.T) {
	for _, tt := range []struct {
		name, program, module string
		transport             Transport
		tls                   func(*paper) outbound.TLS
	}{
		{"tcp", "rsyslogd", `module(load="imtcp")`, TCP, nil},
		{"tls", "rsyslogd-tls", `module(load="imtcp" StreamDriver.Name="gtls" StreamDriver.Mode="1" StreamDriver.AuthMode="anon")`, TLS,
			func(p *paper) outbound.TLS { return outbound.TLS{CA: p.path("ca.crt")} }},
		{"tls with our certificate", "rsyslogd-tls", `module(load="imtcp" StreamDriver.Name="gtls" StreamDriver.Mode="1" StreamDriver.AuthMode="x509/certvalid")`, TLS,
			func(p *paper) outbound.TLS {
				return outbound.TLS{CA: p.path("ca.crt"), Cert: p.path("client.crt"), Key: p.path("client.key")}
			}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := &paper{dir: t.TempDir()}
			for _, name := range []string{"ca", "server", "client"} {
				p.sign(t, name)
			}
			addr, out := rsyslogd(t, tt.program, p, tt.module)
			o := Options{Name: "log", Transport: tt.transport, Address: addr, RFC: RFC5424, Format: short}
			if tt.tls != nil {
				files := tt.tls(p)
				conf, err := files.Config()
				if err != nil {
					t.Fatal(err)
				}
				o.TLS = conf
			}
			records := readBy(t, o, out)
			if tt.transport == TLS {
				strangers(t, o, out, records)
			}
		})
	}
}

// readBy sends records, hostile ones among them, and holds what rsyslogd wrote
// against them.
func readBy(t *testing.T, o Options, out string) int {
	t.Helper()
	s, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	var batch []klaxon.Record
	for i := range 300 {
		batch = append(batch, sinktest.Touch(uint16(i+1)))
	}
	for _, touch := range sinktest.HostileTouches() {
		if len(touch.Sensor) < 200 { // rsyslog cuts messages at 8 KiB
			touch.Payload = nil
			batch = append(batch, touch, sinktest.Alarm(touch.Service))
		}
	}
	if n, err := s.Emit(batch); n != len(batch) || err != nil {
		t.Fatal(n, err)
	}
	lines := waitFor(t, out, len(batch))
	if len(lines) != len(batch) {
		t.Fatalf("%d lines of %d records", len(lines), len(batch))
	}
	for i, line := range lines {
		h := headOf(batch[i])
		parts := strings.SplitN(line, "|", 5)
		want := string(short(nil, batch[i]))
		if len(parts) != 5 || parts[1] != "klaxon" || parts[2] != h.kind || parts[3] != fmt.Sprintf(`[meta sequenceId="%d"]`, h.seq) || strings.TrimPrefix(parts[4], " ") != want {
			t.Fatalf("line %d is %s, want %s", i, line, want)
		}
	}
	return len(batch)
}

// strangers: a daemon whose certificate is another's is told nothing.
func strangers(t *testing.T, o Options, out string, had int) {
	t.Helper()
	for _, files := range []outbound.TLS{{}, {CA: filepath.Join(filepath.Dir(out), "ca.crt"), ServerName: "log.example.net"}} {
		conf, err := files.Config()
		if err != nil {
			t.Fatal(err)
		}
		o.TLS, o.Format = conf, render.AppendJSON
		s, err := New(o)
		if err != nil {
			t.Fatal(err)
		}
		if n, err := s.Emit([]klaxon.Record{sinktest.Touch(1)}); n != 0 || err == nil {
			t.Errorf("%+v: %d, %v", files, n, err)
		}
		s.Close()
	}
	if lines := waitFor(t, out, had); len(lines) != had {
		t.Errorf("%d lines", len(lines))
	}
}
