package render

import (
	"bytes"
	"time"

	"klaxon"
)

// AppendNotice appends a record as the one sentence that somebody is called with:
// AppendHuman without the clock, which outputs show in a place of its own, and of a
// scan or touch without the reason, which klaxonctl show tells and who was woken does
// not need at first. A flood and what proved innocent keep theirs: there it is what
// to do.
func AppendNotice(dst []byte, r klaxon.Record, loc *time.Location) []byte {
	r = Opened(r)
	if a, ok := r.(*klaxon.Alarm); ok && a.Shape != klaxon.ShapeFlood && a.Event != klaxon.EventRetract && !cutOff(a) {
		brief := *a
		brief.Why = ""
		r = &brief
	}
	line := AppendHuman(nil, r, loc)
	return append(dst, line[bytes.Index(line, twoBlanks)+len(twoBlanks):]...)
}

// twoBlanks stand between the clock of AppendHuman and the rest.
var twoBlanks = []byte("  ")

// Opened returns what is shown to people in place of a record: of an alarm that a
// touch opened the touch, which says all there is to say in the words of 1995. Any
// other record is shown as it is.
func Opened(r klaxon.Record) klaxon.Record {
	a, ok := r.(*klaxon.Alarm)
	if ok && a.Event == klaxon.EventOpen && a.Shape == klaxon.ShapeTouch && a.Touch != nil {
		return a.Touch
	}
	return r
}

// AppendSubject appends who does what, as short as a subject of a mail has to be:
//
//	10.9.0.2 touched tcp/23 (telnet)
//	10.9.0.2 scans 200 ports (nmap)
//	10.9.0.2 scans 254 hosts
//	10.9.0.1 is flooded
//
// Of a record that is no alarm it is the sentence of AppendNotice.
func AppendSubject(dst []byte, r klaxon.Record, loc *time.Location) []byte {
	a, ok := Opened(r).(*klaxon.Alarm)
	switch {
	case !ok:
		return AppendNotice(dst, r, loc)
	case a.Shape == klaxon.ShapeFlood:
		return append(appendHumanHosts(dst, &a.Targets), floodVerb(a)...)
	}
	dst = appendHumanSources(dst, &a.Scan)
	if a.Shape == klaxon.ShapeTouch {
		dst = append(dst, touchVerb(a)...)
		if a.Event != klaxon.EventRetract {
			dst = appendTouched(dst, &a.Targets)
		}
		return dst
	}
	dst = append(dst, bytes.TrimRight([]byte(scanVerb(a)), " ")...)
	if a.Event != klaxon.EventRetract {
		dst = appendExtent(append(dst, ' '), &a.Targets)
	}
	if a.Tool.Name != "" {
		dst = append(appendToken(append(dst, " ("...), a.Tool.Name, wordCap), ')')
	}
	return dst
}

// appendExtent appends how far a scan reaches: "200 ports", "254 hosts" or "10.9.0.1".
func appendExtent(dst []byte, t *klaxon.Targets) []byte {
	hosts := max(t.Hosts, len(t.Dst))
	switch {
	case hosts <= 1 && t.Services > 1:
		return appendPlural(dst, uint64(t.Services), "port", "ports")
	case t.Services > 1:
		dst = appendPlural(dst, uint64(t.Services), "port", "ports")
		dst = append(dst, " of "...)
	}
	if hosts > 1 {
		return appendPlural(dst, uint64(hosts), "host", "hosts")
	}
	return appendHumanHosts(dst, t)
}
