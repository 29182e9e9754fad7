// Package sinktest is the suite that every sink passes. It is for tests only.
package sinktest

import (
	"bytes"
	"net/netip"
	"strings"
	"testing"
	"time"

	"klaxon"
)

// Maker returns a new sink and a function that reads all it has written so far.
type Maker func(t *testing.T) (sink klaxon.Sink, written func() []byte)

// Run holds a sink to the contract of klaxon.Sink. Each record must become one
// line that contains its sequence number as "spt=N" or `"seq":N`; find tells
// what to look for.
func Run(t *testing.T, newSink Maker, find func(*klaxon.Touch) string) {
	t.Run("order", func(t *testing.T) { order(t, newSink, find) })
	t.Run("hostile", func(t *testing.T) { hostile(t, newSink) })
	t.Run("not kept", func(t *testing.T) { notKept(t, newSink) })
	t.Run("close", func(t *testing.T) { closing(t, newSink) })
	t.Run("name", func(t *testing.T) {
		s, _ := newSink(t)
		defer s.Close()
		if name := s.Name(); name == "" || strings.ContainsAny(name, " \n") {
			t.Errorf("Name() = %q", name)
		}
	})
}

// Touch returns an ordinary touch, told apart by n in Seq and the source port.
func Touch(n uint16) *klaxon.Touch {
	return &klaxon.Touch{
		Time: time.Date(2026, 11, 24, 14, 2, 11, int(n), time.UTC), Sensor: "gate", Boot: "0123456789abcdef", Seq: uint64(n),
		ID:   "abcdefghijklmnopqrstuvwxyz",
		Zone: klaxon.ZoneOutside, Transport: klaxon.TCP, Service: "rexec", Proof: klaxon.ProofHandshake,
		Source: klaxon.Endpoint{Addr: netip.MustParseAddr("192.0.2.7"), Port: n},
		Target: klaxon.Endpoint{Addr: netip.MustParseAddr("192.0.2.1"), Port: 512},
	}
}

// HostileTouches returns touches with every kind of nasty byte in every field
// that a stranger or an operator can fill.
func HostileTouches() []*klaxon.Touch {
	var out []*klaxon.Touch
	for i, nasty := range []string{
		"\r\nALERT: host 10.9.8.7 accessing port forged src=10.9.8.7",
		"\n{\"v\":1,\"type\":\"touch\"}",
		"\x1b]0;title\x07\x1b[2J", "\x9b31m\x85\x90", "\x00\x7f", "\u202e\u200b\u2028", "%s%n%d", "`$(reboot)`",
		"=cmd|' /C calc'!A0", "<script>alert(1)</script>", "\"},{\"", `\x0a\\n`, "~", strings.Repeat("\xff", 4096),
	} {
		t := Touch(uint16(i + 1))
		t.Source.Name, t.Service, t.Interface, t.Sensor = nasty, nasty, nasty, nasty
		t.Ident = &klaxon.Ident{Outcome: klaxon.IdentClaim, Claim: []byte(nasty)}
		t.Payload = &klaxon.Payload{Sample: []byte(nasty), Len: len(nasty)}
		out = append(out, t)
	}
	return out
}

// Alarm returns an alarm with a nasty string in every field that holds one.
func Alarm(nasty string) *klaxon.Alarm {
	at := time.Date(2026, 11, 24, 14, 2, 11, 0, time.UTC)
	return &klaxon.Alarm{
		Event: klaxon.EventOpen, ID: "abcdefghijklmnopqrstuvwxyz", Time: at, Sensor: nasty, Seq: 1,
		Scan: klaxon.Scan{
			First: at, Last: at, Zone: klaxon.ZoneInside, Interface: nasty,
			Source:     klaxon.Endpoint{Addr: netip.MustParseAddr("fe80::7").WithZone(nasty)},
			Techniques: []klaxon.Technique{klaxon.Syn}, Shape: klaxon.ShapeVertical, Tool: klaxon.Tool{Name: nasty},
			Confidence: klaxon.Established, Severity: 5, Why: "so it is; " + nasty,
		},
	}
}

func emit(t *testing.T, s klaxon.Sink, batch []klaxon.Record) {
	t.Helper()
	if n, err := s.Emit(batch); n != len(batch) || err != nil {
		t.Fatalf("Emit took %d of %d: %v", n, len(batch), err)
	}
}

func order(t *testing.T, newSink Maker, find func(*klaxon.Touch) string) {
	s, written := newSink(t)
	defer s.Close()
	var want []*klaxon.Touch
	for _, size := range []int{1, 2, 64, 1000} {
		var batch []klaxon.Record
		for range size {
			touch := Touch(uint16(len(want) + 1))
			want = append(want, touch)
			batch = append(batch, touch)
		}
		emit(t, s, batch)
	}
	lines := lines(t, written())
	if len(lines) != len(want) {
		t.Fatalf("%d lines for %d records", len(lines), len(want))
	}
	for i, touch := range want {
		if !strings.Contains(lines[i], find(touch)) {
			t.Fatalf("line %d lacks %q: %s", i, find(touch), lines[i])
		}
	}
}

func hostile(t *testing.T, newSink Maker) {
	s, written := newSink(t)
	defer s.Close()
	var records []klaxon.Record
	for _, touch := range HostileTouches() {
		records = append(records, touch, Alarm(touch.Service))
	}
	records = append(records, &klaxon.Health{Time: time.Unix(0, 0), What: klaxon.HealthDrops, Output: "x\ny", Detail: "a\x1b\nb"})
	for i, r := range records {
		emit(t, s, []klaxon.Record{r})
		if n := len(lines(t, written())); n != i+1 {
			t.Fatalf("%d lines after %d records: %+v", n, i+1, r)
		}
	}
}

// notKept changes a record after Emit has returned: with the race detector, a
// sink that still reads it is found.
func notKept(t *testing.T, newSink Maker) {
	s, written := newSink(t)
	defer s.Close()
	touch := Touch(1)
	emit(t, s, []klaxon.Record{touch})
	touch.Service = "changed"
	if bytes.Contains(written(), []byte("changed")) {
		t.Error("the record was read after Emit returned")
	}
}

func closing(t *testing.T, newSink Maker) {
	s, _ := newSink(t)
	for range 2 {
		if err := s.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	}
	if n, err := s.Emit([]klaxon.Record{Touch(1)}); n != 0 || err == nil {
		t.Errorf("Emit after Close took %d: %v", n, err)
	}
}

// lines splits what was written and checks that it is printable ASCII.
func lines(t *testing.T, written []byte) []string {
	t.Helper()
	if len(written) == 0 || written[len(written)-1] != '\n' {
		t.Fatalf("the last line is not ended: %q", tail(written))
	}
	for i, b := range written {
		if b != '\n' && (b < 0x20 || b > 0x7e) {
			t.Fatalf("byte %#x at %d in %q", b, i, tail(written[:i+1]))
		}
	}
	return strings.Split(strings.TrimSuffix(string(written), "\n"), "\n")
}

func tail(b []byte) string { return string(b[max(0, len(b)-80):]) }
