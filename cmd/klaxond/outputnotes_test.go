package main

import (
	"strings"
	"testing"

	"klaxon"
	"klaxon/internal/control"
	"klaxon/internal/pipeline"
	"klaxon/internal/watch/listen"
)

// TestTrapsAreSaidOnce: a reload that changes no trap lists none.
func TestTrapsAreSaidOnce(t *testing.T) {
	var out strings.Builder
	d := daemon{stderr: &out}
	status := []listen.Status{{Trap: listen.Trap{Transport: klaxon.TCP, Port: 23}, State: listen.StateArmed}}
	d.trapNotes(newBanner(status))
	first := out.Len()
	d.trapNews(newBanner(status))
	if first == 0 || out.Len() != first {
		t.Errorf("said twice, or not at all:\n%s", out.String())
	}
	status[0].State = listen.StateHeld
	d.trapNews(newBanner(status))
	if out.Len() == first {
		t.Error("a trap that is held now was not told")
	}
}

func TestOutputNames(t *testing.T) {
	told, kept := outputNames([]pipeline.Output{
		{Sink: namedSink("terminal")}, {Sink: namedSink("json"), Keep: true}, {Sink: namedSink("mail")}, {Sink: namedSink(control.HubName), Keep: true},
	})
	if told != "terminal, mail" || kept != "json" {
		t.Errorf("%q, %q", told, kept)
	}
}
