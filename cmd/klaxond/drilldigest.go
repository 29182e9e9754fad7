package main

import (
	"sync"
	"time"

	"klaxon/internal/pipeline"
)

// digests is when outputs last sent what they gather for a while: what comes soon
// after waits there, and is late by design. Safe for concurrent use.
type digests struct {
	mu   sync.Mutex
	sent map[string]time.Time // by the name of an output; one for each at most
}

func (g *digests) took(output string, at time.Time) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.sent == nil {
		g.sent = map[string]time.Time{}
	}
	g.sent[output] = at
}

// due is when an output sends again what it gathers, zero where nothing keeps it from
// sending now.
func (g *digests) due(o *pipeline.Output, now time.Time) time.Time {
	g.mu.Lock()
	defer g.mu.Unlock()
	sent, ok := g.sent[o.Sink.Name()]
	if at := sent.Add(o.Delivery.Pace); ok && at.After(now) {
		return at
	}
	return time.Time{}
}

// waits is when an output that did not get the record of a drill's end will: zero
// where it should have it by now, and where it fails, for then nobody can say.
func (k *desk) waits(o *pipeline.Output) time.Time {
	at := k.d.drills.digests.due(o, time.Now())
	if at.IsZero() {
		return at
	}
	for _, c := range k.d.pipe.Counts().Outputs {
		if c.Name == o.Sink.Name() && c.Failing {
			return time.Time{}
		}
	}
	return at
}
