package main

import (
	"strings"
	"testing"

	"klaxon"
	"klaxon/internal/config"
)

// TestEveryOutputIsThere: what the configuration may name can be opened.
func TestEveryOutputIsThere(t *testing.T) {
	for _, name := range config.OutputTypes {
		if openers[name] == nil {
			t.Errorf("nothing opens the type %s", name)
		}
	}
	for _, name := range config.Formats {
		if formats[name] == nil {
			t.Errorf("nothing writes the format %s", name)
		}
	}
	if len(openers) != len(config.OutputTypes) || len(formats) != len(config.Formats) {
		t.Errorf("%d openers for %d types, %d formats for %d", len(openers), len(config.OutputTypes), len(formats), len(config.Formats))
	}
}

// TestLineIsSaidOnce: where every touch is a line, the alarm that it opened is another,
// with severity and id; where there are no touches it is the line of 1995.
func TestLineIsSaidOnce(t *testing.T) {
	touch := &klaxon.Touch{Service: "telnet"}
	opened := &klaxon.Alarm{Event: klaxon.EventOpen, Touch: touch, Scan: klaxon.Scan{Shape: klaxon.ShapeTouch, Severity: 5}}
	for touches, want := range map[bool]string{false: "ALERT: host - accessing port telnet ", true: "ALERT: scan -/touch from - event=open "} {
		for _, o := range []config.OutputTable{{Touches: touches}, {Touches: touches, Format: "line"}} {
			if got := string(formatOf(&o, "line")(nil, opened)); !strings.HasPrefix(got, want) {
				t.Errorf("touches = %v: %s, want %s", touches, got, want)
			}
		}
	}
}
