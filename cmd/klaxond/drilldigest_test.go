package main

import (
	"testing"
	"time"

	"klaxon"
	"klaxon/internal/pipeline"
)

type namedSink string

func (s namedSink) Name() string                            { return string(s) }
func (s namedSink) Emit(batch []klaxon.Record) (int, error) { return len(batch), nil }
func (s namedSink) Close() error                            { return nil }

// TestDigestIsDue: what comes within the time that an output gathers waits for its
// end; what nobody sent, or sent long ago, does not.
func TestDigestIsDue(t *testing.T) {
	var g digests
	mail := pipeline.Output{Sink: namedSink("mail"), Delivery: pipeline.Delivery{Pace: 5 * time.Minute}}
	hook := pipeline.Output{Sink: namedSink("hook")}
	at := time.Unix(1_700_000_000, 0)
	if due := g.due(&mail, at); !due.IsZero() {
		t.Errorf("nothing was sent yet: %v", due)
	}
	g.took("mail", at)
	g.took("hook", at)
	if due := g.due(&mail, at.Add(time.Minute)); !due.Equal(at.Add(5 * time.Minute)) {
		t.Errorf("a minute after a mail: %v", due)
	}
	if due := g.due(&mail, at.Add(5*time.Minute)); !due.IsZero() {
		t.Errorf("five minutes after a mail: %v", due)
	}
	if due := g.due(&hook, at); !due.IsZero() {
		t.Errorf("an output that gathers nothing: %v", due)
	}
}
