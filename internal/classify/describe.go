package classify

import (
	"math/bits"
	"net/netip"
	"slices"
	"time"

	"klaxon"
	"klaxon/internal/track"
)

// Describe tells what is known of a source's scan after a verdict. With an open
// report it is exact; without one, it is what its newest contacts show.
func (j *Judge) Describe(v track.View, verdict Verdict) klaxon.Scan {
	s := j.Sketch(v, verdict)
	s.Techniques = slices.Clone(s.Techniques)
	if s.Why == "" {
		s.Why = j.reason(v, verdict)
	}
	if s.Shape == klaxon.ShapeTouch {
		return s
	}
	if verdict.Confidence < klaxon.Established && v.Touches > 0 {
		if v.Report != nil {
			openOf(v.Report, &s.Targets)
		}
		return s
	}
	if v.Report != nil {
		targetsOf(v.Report, &s.Targets)
		exact(v, &s.Targets)
	} else {
		j.targetsOfNotes(v.Notes, &s.Targets)
	}
	return s
}

// reason says in words why a verdict was reached.
func (j *Judge) reason(v track.View, verdict Verdict) string {
	switch verdict.why {
	case byKeys:
		return whyKeys(&v.Keys)
	case byOutcomes:
		j.spread.reset(v.Notes)
		return whyOutcomes(v, &j.spread)
	}
	return verdict.Why
}

// Glimpse is a sketch with the first of the targets, for whoever counts sources
// and tells none of them. Its lists are valid until the next call of any method.
func (j *Judge) Glimpse(v track.View, verdict Verdict) klaxon.Scan {
	s := j.Sketch(v, verdict)
	switch t := &s.Targets; {
	case len(t.Dst) > 0:
	case v.Report != nil && len(v.Report.Dst) > 0:
		j.target[0] = v.Report.Dst[0].AddrOf()
		t.Dst = j.target[:]
	case v.Report == nil && j.spread.hosts.n > 0:
		j.target[0] = j.spread.hosts.all[0].first.AddrOf()
		t.Dst = j.target[:]
	}
	return s
}

// Sketch is a description without the lists of its targets and, but for touches,
// its reason. Its own lists are valid until the next call of any method.
func (j *Judge) Sketch(v track.View, verdict Verdict) klaxon.Scan {
	j.techniques.reset()
	j.techniques.of(v)
	s := klaxon.Scan{
		First: stamp(v.First), Last: stamp(v.Last),
		Source:     klaxon.Endpoint{Addr: addr(&v.Addr, v.V6), MAC: v.MAC},
		Techniques: j.techniques.list(),
		Tool:       toolOf(v, verdict.Confidence, j.now),
		Proof:      max(v.Proof, v.OnLink),
		Confidence: verdict.Confidence,
		Why:        verdict.Why,
		Probes:     uint64(contactsOf(v)),
		Wanted:     j.wanted(v),
	}
	s.Marks = marksOf(v)
	if v.Behind != nil && v.Keys.By != 0 && v.Proof < klaxon.ProofHandshake {
		inTheNameOf(v, &s)
	}
	if v.Report != nil {
		s.Targets.Hosts, s.Targets.Services = v.Report.Hosts(), v.Report.Services()
		exact(v, &s.Targets)
	} else {
		j.spread.reset(v.Notes)
		s.Targets.Hosts, s.Targets.Services = j.spread.hosts.n, j.spread.services.n
	}
	s.Shape = shapeOf(s.Targets)
	if verdict.Confidence < klaxon.Established && v.Touches > 0 {
		j.touched(v, &s)
	}
	return s
}

// inTheNameOf describes an idle scan: the source is a zombie, and is not blamed.
// Who is named is known by frames alone, and whoever is on the link forges those:
// nothing that he did proves that they are his.
func inTheNameOf(v track.View, s *klaxon.Scan) {
	s.Source = klaxon.Endpoint{Addr: addr(&v.Behind.Addr, v.Behind.V6), MAC: v.Behind.MAC}
	s.Proof = klaxon.ProofNone
	s.Confidence = min(s.Confidence, klaxon.Established)
	s.Marks = append(s.Marks, klaxon.MarkIdle)
	s.Why = "forged probes from " + addr(&v.Addr, v.V6).String() + ", whose answers the source reads by prodding it with SYN+ACKs"
	if v.Behind.Moved {
		s.Why += "; its hardware address changed: it may be another"
	} else {
		s.Why += "; it is known by its hardware address alone, and may be another who forges that"
	}
}

func stamp(ns int64) time.Time { return time.Unix(0, ns).UTC() }

func addr(a *[16]byte, v6 bool) netip.Addr {
	if v6 {
		return netip.AddrFrom16(*a)
	}
	return netip.AddrFrom4([4]byte(a[:4]))
}

// targetsOfNotes counts what the notes show.
func (j *Judge) targetsOfNotes(notes []track.Note, t *klaxon.Targets) {
	s := &j.spread
	s.reset(notes)
	t.Hosts, t.Services, t.More = s.hosts.n, s.services.n, true
	for i := range min(s.hosts.n, 32) {
		t.Dst = append(t.Dst, s.hosts.all[i].first.AddrOf())
	}
}

// exact corrects the counts of a report that was begun late: where all contacts
// are with one host, or one service, by one method, their number is that of the
// other.
func exact(v track.View, t *klaxon.Targets) {
	contacts, methods := int(v.Tuples), v.Methods&^(1<<track.MethodARP|1<<track.MethodND)
	if contacts == 0 {
		contacts, methods = int(v.Asked), v.Methods
	}
	switch {
	case bits.OnesCount32(methods) != 1:
	case t.Services == 1 && t.Hosts > 1:
		t.More = t.More || contacts > t.Hosts
		t.Hosts = max(t.Hosts, contacts)
	case t.Hosts == 1 && t.Services > 1:
		t.More = t.More || contacts > t.Services
		t.Services = max(t.Services, contacts)
	}
}

// shapeOf names the spread: few hosts, few services, or many of both.
func shapeOf(t klaxon.Targets) klaxon.Shape {
	switch {
	case t.Hosts >= 3 && t.Services >= 5:
		return klaxon.ShapeBlock
	case t.Hosts >= 3, t.Hosts == 2 && t.Services <= 2:
		return klaxon.ShapeSweep
	}
	return klaxon.ShapeVertical
}
