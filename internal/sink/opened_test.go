package sink

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"klaxon"
	"klaxon/internal/sink/sinktest"
)

// touched is an alarm that a touch opened.
func touched(change func(*klaxon.Alarm)) *klaxon.Alarm {
	a := sinktest.Alarm("x")
	a.Shape, a.Touch = klaxon.ShapeTouch, sinktest.Touch(9)
	if change != nil {
		change(a)
	}
	return a
}

// TestAlarmOfATouch: a person reads the line of 1995 when a touch opened an
// alarm, once, and the scan's line of everything else.
func TestAlarmOfATouch(t *testing.T) {
	const old, human = "ALERT: host 192.0.2.7 accessing port rexec src=192.0.2.7 spt=9 ", "192.0.2.7 touched tcp/512 (rexec) on 192.0.2.1"
	for _, tt := range []struct {
		what           string
		alarm          *klaxon.Alarm
		syslog, screen string
	}{
		{"opened", touched(nil), old, human},
		{"written by klaxon already", touched(func(a *klaxon.Alarm) { a.Touch.Logged = true }), "", human},
		{"updated", touched(func(a *klaxon.Alarm) { a.Event = klaxon.EventUpdate }), "ALERT: scan syn/touch ", " touched on"},
		{"closed", touched(func(a *klaxon.Alarm) { a.Event = klaxon.EventClose }), "ALERT: scan syn/touch ", " is quiet again"},
		{"a scan when it opened", touched(func(a *klaxon.Alarm) { a.Shape = klaxon.ShapeVertical }), "ALERT: scan syn/vertical ", " scans "},
		{"the wire's", touched(func(a *klaxon.Alarm) { a.Touch = nil }), "ALERT: scan syn/touch ", " touched on"},
	} {
		var m messages
		if _, err := NewSyslog(&m).Emit([]klaxon.Record{tt.alarm}); err != nil {
			t.Fatal(err)
		}
		if got := m.out.String(); tt.syslog == "" && got != "" || !strings.Contains(got, tt.syslog) {
			t.Errorf("%s: syslog has %q, want %q in it", tt.what, got, tt.syslog)
		}
		var out bytes.Buffer
		if _, err := NewTerminal(&out, time.UTC, false).Emit([]klaxon.Record{tt.alarm}); err != nil {
			t.Fatal(err)
		}
		if got := out.String(); !strings.Contains(got, tt.screen) || strings.Count(got, "\n") != 1 {
			t.Errorf("%s: the terminal has %q, want %q in it", tt.what, got, tt.screen)
		}
	}
}

// TestDrillIsNoAlert: what waits for "ALERT:" since 1995 does not hear of a drill.
func TestDrillIsNoAlert(t *testing.T) {
	drilled := []klaxon.Mark{klaxon.MarkDrill}
	touch, scan := sinktest.Touch(9), sinktest.Alarm("x")
	for what, r := range map[string]klaxon.Record{"touch": touch, "scan": scan} {
		if got := string(AppendLine([]byte("> "), r)); !strings.HasPrefix(got, "> ALERT: ") {
			t.Errorf("a %s that is no drill: %s", what, got)
		}
	}
	touch.Marks, scan.Marks = drilled, drilled
	for want, r := range map[string]klaxon.Record{"> DRILL: host 192.0.2.7 accessing port rexec ": touch, "> DRILL: scan syn/vertical ": scan} {
		for _, line := range [][]byte{AppendLine([]byte("> "), r), AppendKept([]byte("> "), r)} {
			if !strings.HasPrefix(string(line), want) {
				t.Errorf("%s, want %s", line, want)
			}
		}
	}
}
