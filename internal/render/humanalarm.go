package render

import (
	"time"

	"klaxon"
)

func appendHumanAlarm(dst []byte, a *klaxon.Alarm, loc *time.Location) []byte {
	dst = appendClock(dst, a.Time, loc)
	dst = append(dst, "  "...)
	switch a.Shape {
	case klaxon.ShapeFlood:
		dst = appendHumanFlood(dst, a)
	case klaxon.ShapeTouch:
		dst = appendHumanWatched(dst, a)
	default:
		dst = appendHumanScan(dst, a)
	}
	return dst
}

// appendHumanScan appends one of
//
//	192.0.2.7 scans 10.0.0.1 with nmap: syn, tcp 22,80,443; WHY
//	192.0.2.7 is scanning 254 hosts: syn, 1000 ports (tcp 1-26,...); WHY
//	192.0.2.7 is no scanner after all; WHY
//	192.0.2.7 stopped scanning 10.0.0.1: syn, tcp 1-1024, in 12 s, open: tcp/22
func appendHumanScan(dst []byte, a *klaxon.Alarm) []byte {
	dst = appendHumanSources(dst, &a.Scan)
	dst = append(dst, scanVerb(a)...)
	if a.Event == klaxon.EventRetract {
		return appendHumanWhy(dst, a)
	}
	dst = appendHumanHosts(dst, &a.Targets)
	if a.Tool.Name != "" {
		dst = append(dst, " with "...)
		dst = appendToken(dst, a.Tool.Name, wordCap)
	}
	dst = append(dst, ": "...)
	dst = appendHumanTechniques(dst, a.Techniques)
	dst = appendHumanServices(dst, &a.Targets)
	if a.Event == klaxon.EventClose {
		dst = appendHumanSpan(dst, &a.Scan)
	}
	if a.Event != klaxon.EventOpen {
		dst = appendHumanOpen(dst, a.Targets.Open)
	}
	return appendHumanRest(dst, a)
}

func scanVerb(a *klaxon.Alarm) string {
	many := !a.Source.Addr.IsValid() && a.SourcesTotal > 1
	switch {
	case a.Event == klaxon.EventRetract && many:
		return " are no scanners after all"
	case a.Event == klaxon.EventRetract:
		return " is no scanner after all"
	case a.Event == klaxon.EventClose:
		return " stopped scanning "
	case a.Confidence == klaxon.Suspect:
		return " may be scanning "
	case a.Event == klaxon.EventUpdate && many:
		return " are scanning "
	case a.Event == klaxon.EventUpdate:
		return " is scanning "
	case many:
		return " scan "
	}
	return " scans "
}

// appendHumanWatched appends one of
//
//	192.0.2.7 touched tcp 530 on 10.0.0.1: syn; WHY
//	192.0.2.7 touched no more: tcp 530 on 10.0.0.1, 3 probes in 12 s
func appendHumanWatched(dst []byte, a *klaxon.Alarm) []byte {
	dst = appendHumanSources(dst, &a.Scan)
	switch a.Event {
	case klaxon.EventRetract:
		dst = append(dst, " is harmless after all"...)
		return appendHumanWhy(dst, a)
	case klaxon.EventClose:
		dst = append(dst, " is quiet again after touching"...)
	default:
		dst = append(dst, " touched"...)
	}
	dst = appendHumanLists(dst, &a.Targets, " ")
	dst = append(dst, " on "...)
	dst = appendHumanHosts(dst, &a.Targets)
	dst = append(dst, ": "...)
	dst = appendHumanTechniques(dst, a.Techniques)
	if a.Event == klaxon.EventClose {
		dst = append(dst, ", "...)
		dst = appendPlural(dst, a.Probes, "probe", "probes")
		dst = appendHumanSpan(dst, &a.Scan)
	}
	return appendHumanRest(dst, a)
}

// appendHumanFlood appends one of
//
//	10.0.0.1 is flooded: syn, tcp 80; WHY
//	10.0.0.1 is still flooded: syn, tcp 80; WHY
//	10.0.0.1 was not flooded after all; WHY
//	10.0.0.1 is flooded no more: syn, tcp 80, 12345 packets in 12 s
func appendHumanFlood(dst []byte, a *klaxon.Alarm) []byte {
	dst = appendHumanHosts(dst, &a.Targets)
	switch a.Event {
	case klaxon.EventRetract:
		dst = append(dst, " was not flooded after all"...)
		return appendHumanWhy(dst, a)
	case klaxon.EventClose:
		dst = append(dst, " is flooded no more: "...)
	case klaxon.EventUpdate:
		dst = append(dst, " is still flooded: "...)
	default:
		dst = append(dst, " is flooded: "...)
	}
	dst = appendHumanTechniques(dst, a.Techniques)
	dst = appendHumanServices(dst, &a.Targets)
	if a.Event == klaxon.EventClose {
		dst = append(dst, ", "...)
		dst = appendPlural(dst, a.Probes, "packet", "packets")
		dst = appendHumanSpan(dst, &a.Scan)
	}
	return appendHumanMarksAndWhy(dst, a)
}

// appendHumanRest appends what a person is to know of the source, and why.
func appendHumanRest(dst []byte, a *klaxon.Alarm) []byte {
	if a.Event != klaxon.EventClose && a.Proof == klaxon.ProofNone {
		dst = append(dst, "; source unproven"...)
	}
	if a.Zone == klaxon.ZoneLoopback {
		dst = append(dst, "; this came from this host"...)
	}
	return appendHumanMarksAndWhy(dst, a)
}

// appendHumanMarksAndWhy leaves the reason out at the end of an alarm, which
// told it when it began.
func appendHumanMarksAndWhy(dst []byte, a *klaxon.Alarm) []byte {
	dst = appendHumanMarks(dst, a.Marks)
	if a.Event == klaxon.EventClose {
		return dst
	}
	return appendHumanWhy(dst, a)
}

func appendHumanWhy(dst []byte, a *klaxon.Alarm) []byte {
	if a.Why == "" {
		return dst
	}
	dst = append(dst, "; "...)
	return appendText(dst, a.Why, lineWhyCap)
}
