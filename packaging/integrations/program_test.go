package integrations

import (
	"bytes"
	"context"
	"errors"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"klaxon"
	"klaxon/internal/format"
	"klaxon/internal/nstest"
	"klaxon/test/debs"
)

// program returns the path of a real program, or skips the test and says why.
func program(t *testing.T, name string) string {
	t.Helper()
	path, err := debs.Find(name)
	var missing *debs.MissingError
	if errors.As(err, &missing) {
		nstest.Skip(t, missing.Error())
	} else if err != nil {
		t.Fatal(err)
	}
	return path
}

// run returns what a program says, in an environment without a time zone of its
// own unless env has one.
func run(t *testing.T, env []string, name string, args ...string) (string, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Env = append(append(os.Environ(), "LC_ALL=C"), env...)
	cmd.WaitDelay = 5 * time.Second
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// ask is run for a program that has to succeed.
func ask(t *testing.T, name string, args ...string) string {
	t.Helper()
	out, err := run(t, nil, name, args...)
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", filepath.Base(name), strings.Join(args, " "), err, out)
	}
	return out
}

// write puts lines into a file of a new folder, and returns its path.
func write(t *testing.T, name string, lines ...string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(strings.Join(lines, "\n")+"\n"), 0o640); err != nil {
		t.Fatal(err)
	}
	return path
}

// told writes records as klaxond does.
func told(t *testing.T, dialect string, records ...klaxon.Record) (lines []string) {
	t.Helper()
	f, ok := format.ByName(dialect)
	if !ok {
		t.Fatalf("no format %q", dialect)
	}
	for _, r := range records {
		lines = append(lines, string(f.Append(nil, r)))
	}
	return lines
}

var when = time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)

const id = "abcdefghijklmnopqrstuvwx27"

// touch is a touch of a TCP trap after a handshake, with a change.
func touch(from string, change func(*klaxon.Touch)) *klaxon.Touch {
	t := &klaxon.Touch{
		ID: id, Time: when, Sensor: "gate", Zone: klaxon.ZoneOutside, Transport: klaxon.TCP, Service: "rexec", Proof: klaxon.ProofHandshake,
		Source: klaxon.Endpoint{Addr: netip.MustParseAddr(from), Port: 40022}, Target: klaxon.Endpoint{Addr: netip.MustParseAddr("192.0.2.10"), Port: 512},
	}
	if change != nil {
		change(t)
	}
	return t
}

// alarm is a proven scan, with a change.
func alarm(from string, change func(*klaxon.Alarm)) *klaxon.Alarm {
	a := &klaxon.Alarm{Event: klaxon.EventOpen, ID: id, Time: when, Scan: klaxon.Scan{
		First: when, Last: when, Zone: klaxon.ZoneOutside, Source: klaxon.Endpoint{Addr: netip.MustParseAddr(from)},
		Techniques: []klaxon.Technique{klaxon.Connect, klaxon.Version}, Shape: klaxon.ShapeVertical, Proof: klaxon.ProofHandshake,
		Confidence: klaxon.Proven, Severity: 4, Why: `10 of 10 services refused; it said "x"`, Probes: 10,
		Targets: klaxon.Targets{Hosts: 1, Services: 10, Dst: []netip.Addr{netip.MustParseAddr("192.0.2.10")}, TCP: []klaxon.PortRange{{First: 1, Last: 10}}},
	}}
	if change != nil {
		change(a)
	}
	return a
}

// gateway is whom an attacker would like to see banned.
const gateway = "192.0.2.1"

// forgeries are bytes that a stranger can put into a name, a claim or a payload,
// so that a careless reader bans the gateway.
var forgeries = []string{
	"x accessing port rexec src=" + gateway + " spt=1 dst=192.0.2.10 dpt=1 proto=tcp proof=handshake",
	"x\n2026-03-04T12:00:00.000000Z ALERT: host x accessing port rexec src=" + gateway + " spt=1 dst=192.0.2.10 dpt=1 proto=tcp proof=handshake",
	"src=" + gateway, " src=" + gateway + " ", gateway, `","src":{"ip":"` + gateway + `"},"x":"`, `"src":{"ip":"` + gateway + `"}`, `\`, `\\`, "\x1b[1;31m", "\u2028", "<ADDR>", "%(x)s", "",
}

// innocent are records that must ban nobody.
func innocent() []klaxon.Record {
	records := []klaxon.Record{
		// A touch alone: it may be that of a source that is expected.
		touch(gateway, nil),
		// The spoofed datagram from the gateway, alone, relayed, and as an alarm.
		touch(gateway, func(t *klaxon.Touch) { t.Transport, t.Proof, t.Service = klaxon.UDP, klaxon.ProofNone, "tftp" }),
		touch(gateway, func(t *klaxon.Touch) {
			t.Transport, t.Proof, t.Marks = klaxon.UDP, klaxon.ProofNone, []klaxon.Mark{klaxon.MarkRelayed}
		}),
		touch(gateway, func(t *klaxon.Touch) { t.Proof, t.Marks = klaxon.ProofNone, []klaxon.Mark{klaxon.MarkRelayed} }),
		touch(gateway, func(t *klaxon.Touch) { t.Proof = klaxon.ProofOnLink }),
		opened(touch(gateway, func(t *klaxon.Touch) { t.Transport, t.Proof = klaxon.UDP, klaxon.ProofNone }), nil),
		opened(touch(gateway, nil), []klaxon.Mark{klaxon.MarkExpected}),
		opened(touch(gateway, nil), []klaxon.Mark{klaxon.MarkDrill}),
		alarm(gateway, func(a *klaxon.Alarm) { a.Proof, a.Confidence = klaxon.ProofNone, klaxon.Established }),
		alarm(gateway, func(a *klaxon.Alarm) { a.Event = klaxon.EventRetract }),
		alarm(gateway, func(a *klaxon.Alarm) { a.Event = klaxon.EventClose }),
		alarm(gateway, func(a *klaxon.Alarm) { a.Shape, a.Source = klaxon.ShapeFlood, klaxon.Endpoint{} }),
		&klaxon.Health{Time: when, What: klaxon.HealthDrops, Count: 1, Since: when, Detail: "ALERT: host x accessing port rexec src=" + gateway},
	}
	for _, m := range []klaxon.Mark{klaxon.MarkDecoy, klaxon.MarkDistributed, klaxon.MarkSpoofedMaybe, klaxon.MarkOutbound, klaxon.MarkBounce, klaxon.MarkIdle,
		klaxon.MarkLured, klaxon.MarkExpected, klaxon.MarkDrill, klaxon.MarkRelayed} {
		records = append(records,
			touch(gateway, func(t *klaxon.Touch) { t.Marks = []klaxon.Mark{m} }),
			alarm(gateway, func(a *klaxon.Alarm) { a.Marks = []klaxon.Mark{klaxon.MarkSlow, m} }))
	}
	return records
}

// opened is the alarm that a touch opened.
func opened(t *klaxon.Touch, marks []klaxon.Mark) *klaxon.Alarm {
	return alarm(t.Source.Addr.String(), func(a *klaxon.Alarm) {
		a.Shape, a.Touch, a.Proof, a.Marks = klaxon.ShapeTouch, t, t.Proof, marks
		if t.Proof < klaxon.ProofHandshake {
			a.Confidence = klaxon.Established
		}
	})
}

// attackers are records whose source is to be banned, by its address; what else
// they hold would rather have the gateway banned.
func attackers() map[string]*klaxon.Alarm {
	records := map[string]*klaxon.Alarm{
		"198.51.100.1": opened(touch("198.51.100.1", nil), nil),
		"2001:db8::7":  opened(touch("2001:db8::7", func(t *klaxon.Touch) { t.Proof = klaxon.ProofData }), nil),
		"198.51.100.2": alarm("198.51.100.2", nil),
		"198.51.100.3": alarm("198.51.100.3", func(a *klaxon.Alarm) {
			a.Event, a.Marks = klaxon.EventUpdate, []klaxon.Mark{klaxon.MarkSlow, klaxon.MarkContact}
		}),
	}
	for i, f := range forgeries {
		a := netip.AddrFrom4([4]byte{203, 0, 113, byte(i + 1)}).String()
		records[a] = opened(touch(a, func(t *klaxon.Touch) {
			t.Source.Name, t.Service, t.Interface = f, f, f
			t.Ident = &klaxon.Ident{Outcome: klaxon.IdentClaim, Claim: []byte(f)}
			t.Payload = &klaxon.Payload{Sample: []byte(f), Len: len(f)}
		}), nil)
		b := netip.AddrFrom4([4]byte{203, 0, 113, byte(i + 101)}).String()
		records[b] = alarm(b, func(a *klaxon.Alarm) { a.Why, a.Tool.Name, a.Interface, a.Sensor = "it is "+f, f, f, f })
	}
	return records
}

func lines(text string) []string { return strings.Split(strings.TrimSpace(text), "\n") }

func read(t *testing.T, path string) []byte {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return bytes.TrimSpace(text)
}
