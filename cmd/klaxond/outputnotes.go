package main

import (
	"strings"

	"klaxon/internal/control"
	"klaxon/internal/pipeline"
)

// outputNotes says who is told, and where everything is kept: what was forgotten in
// the configuration is missed when it is needed.
func (d *daemon) outputNotes() {
	told, kept := outputNames(d.sinks)
	if told == "" {
		told = "nobody: there is no output for them"
	}
	d.say("alarms for people go to %s", told)
	if kept != "" {
		d.say("every touch and alarm goes to %s", kept)
	}
}

// outputNames are those of outputs that notify, and of those that keep.
func outputNames(sinks []pipeline.Output) (told, kept string) {
	var names [2][]string
	for _, o := range sinks {
		if o.Sink.Name() == control.HubName {
			continue
		}
		n := 0
		if o.Keep {
			n = 1
		}
		names[n] = append(names[n], o.Sink.Name())
	}
	return strings.Join(names[0], ", "), strings.Join(names[1], ", ")
}

// trapNews says which traps are armed if that is not what was said last: at each
// rotation of a file there is a reload, and what it says must not scroll away.
func (d *daemon) trapNews(b banner) {
	if b.text() != d.trapsSaid {
		d.trapNotes(b)
	}
}

// text is what the banner says, to tell one from another.
func (b banner) text() string {
	var out strings.Builder
	b.write(&out)
	return out.String()
}
