package render

import (
	"time"

	"klaxon"
)

// AppendHuman appends a record as one short line for a person at a terminal,
// without newline or colour, its times in loc, which must not be nil:
//
//	14:02:11  192.0.2.7 touched tcp/512 (exec) on 10.0.0.1
//	14:02:11  192.0.2.7 scans 10.0.0.1 with nmap: syn, tcp 22,80,443; WHY
//
// Nothing that a stranger wrote can pass for words of ours: names and labels
// are tokens (see AppendToken), a claim stands in quotes that it cannot end,
// and a detail or reason ends the line.
//
// It panics on a record of a type it does not know.
func AppendHuman(dst []byte, r klaxon.Record, loc *time.Location) []byte {
	switch r := r.(type) {
	case *klaxon.Touch:
		return appendHumanTouch(dst, r, loc)
	case *klaxon.Alarm:
		return appendHumanAlarm(dst, r, loc)
	case *klaxon.Health:
		return appendHumanHealth(dst, r, loc)
	}
	panic(unknownRecord)
}

func appendHumanTouch(dst []byte, t *klaxon.Touch, loc *time.Location) []byte {
	dst = appendClock(dst, t.Time, loc)
	dst = append(dst, "  "...)
	dst = appendHumanSource(dst, t)
	dst = append(dst, " touched "...)
	dst = appendHumanService(dst, t)
	if t.Target.Addr.IsValid() {
		dst = append(dst, " on "...)
		dst = appendAddr(dst, t.Target.Addr)
	}
	if claim, ok := claimOf(t); ok {
		dst = append(dst, ", claims to be "...)
		dst = appendQuoted(dst, claim, claimCap)
	}
	if t.Proof == klaxon.ProofNone {
		dst = append(dst, "; source unproven"...)
	}
	if t.Zone == klaxon.ZoneLoopback {
		dst = append(dst, "; this came over loopback"...)
	}
	return appendHumanMarks(dst, t.Marks)
}

// appendHumanSource appends "192.0.2.7", "host.example (192.0.2.7)" or, where
// the address means nothing without it, "fe80::1%eth0".
func appendHumanSource(dst []byte, t *klaxon.Touch) []byte {
	if t.Source.Name != "" {
		dst = appendToken(dst, t.Source.Name, nameCap)
		dst = append(dst, " ("...)
	}
	if t.Source.Addr.IsValid() {
		dst = appendAddr(dst, t.Source.Addr)
	} else {
		dst = append(dst, "an unknown source"...)
	}
	if link := linkInterface(t); link != "" {
		dst = append(dst, '%')
		dst = appendToken(dst, link, interfaceCap)
	}
	if t.Source.Name != "" {
		dst = append(dst, ')')
	}
	return dst
}

// appendHumanService appends "tcp/512 (exec)", without the label where that
// says no more.
func appendHumanService(dst []byte, t *klaxon.Touch) []byte {
	dst = appendWord(dst, t.Transport.String(), wordCap)
	dst = append(dst, '/')
	start := len(dst)
	dst = appendUint(dst, uint64(t.Target.Port))
	if t.Service == "" || t.Service == string(dst[start:]) {
		return dst
	}
	dst = append(dst, " ("...)
	dst = appendToken(dst, t.Service, serviceCap)
	return append(dst, ')')
}

func appendHumanMarks(dst []byte, marks []klaxon.Mark) []byte {
	for _, m := range marks[:min(len(marks), marksCap)] {
		dst = append(dst, "; "...)
		dst = appendToken(dst, m, wordCap)
		if m == klaxon.MarkRelayed {
			dst = append(dst, ", not seen by klaxond"...)
		}
	}
	return dst
}

func appendClock(dst []byte, t time.Time, loc *time.Location) []byte {
	return t.In(loc).AppendFormat(dst, time.TimeOnly)
}
