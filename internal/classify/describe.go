package classify

import (
	"net/netip"
	"slices"
	"strconv"
	"time"

	"klaxon"
	"klaxon/internal/track"
)

// Describe tells what is known of a source's scan after a verdict. With an open
// report it is exact; without one, it is what its newest contacts show.
func (j *Judge) Describe(v track.View, verdict Verdict) klaxon.Scan {
	s := klaxon.Scan{
		First: stamp(v.First), Last: stamp(v.Last),
		Source:     klaxon.Endpoint{Addr: addr(&v.Addr, v.V6), MAC: v.MAC},
		Techniques: techniquesOf(v),
		Tool:       toolOf(v),
		Proof:      v.Proof,
		Confidence: verdict.Confidence,
		Why:        verdict.Why,
		Probes:     uint64(v.Tuples),
	}
	if v.Report != nil {
		targetsOf(v.Report, &s.Targets)
	} else {
		j.targetsOfNotes(v.Notes, &s.Targets)
	}
	s.Shape = shapeOf(s.Targets)
	if verdict.Confidence < klaxon.Established && v.Touches > 0 {
		touched(v, &s)
	}
	return s
}

// touched describes a source that has done no more than touch a service that
// is watched by name.
func touched(v track.View, s *klaxon.Scan) {
	s.Shape, s.Confidence = klaxon.ShapeTouch, klaxon.Established
	if v.Proof >= klaxon.ProofHandshake {
		s.Confidence = klaxon.Proven
	}
	s.Techniques = []klaxon.Technique{nameOf(v.Touched.Method, v.Touched.Raw)}
	s.Why = "port " + strconv.Itoa(int(v.Touched.Port)) + " is watched by name, where a single probe is told"
}

func stamp(ns int64) time.Time { return time.Unix(0, ns).UTC() }

func addr(a *[16]byte, v6 bool) netip.Addr {
	if v6 {
		return netip.AddrFrom16(*a)
	}
	return netip.AddrFrom4([4]byte(a[:4]))
}

// techniquesOf lists the techniques that are evidence. Packets that are ordinary
// by themselves name theirs only when there are several.
func techniquesOf(v track.View) []klaxon.Technique {
	var list []klaxon.Technique
	add := func(t klaxon.Technique) { list = addTechnique(list, t) }
	for m := range track.MethodNone {
		n, weight, half, whole := tally(v.Notes, m)
		if n == 0 || weight <= 0 && (n < 3 || !v.Keys.Decided() || m == track.MethodUDP) {
			continue
		}
		if half {
			add(nameOf(m, true))
		}
		if whole {
			add(nameOf(m, false))
		}
	}
	if v.Keys.OS != 0 && v.Keys.Decided() {
		add(klaxon.OSProbe)
	}
	if v.Returned > 0 {
		add(klaxon.Version)
	}
	return list
}

func addTechnique(list []klaxon.Technique, t klaxon.Technique) []klaxon.Technique {
	if slices.Contains(list, t) {
		return list
	}
	return append(list, t)
}

// tally sums up the notes of a method. half says that some are of a raw packet,
// or were reset; whole that some are not.
func tally(notes []track.Note, m track.Method) (n int, weight track.Weight, half, whole bool) {
	for i := range notes {
		o := &notes[i]
		if o.Method != m {
			continue
		}
		n++
		weight += max(track.Weight(o.Weight), 0)
		if o.Raw || o.Outcome == track.HalfOpen {
			half = true
		} else if o.Weight > 0 {
			whole = true
		}
	}
	return n, weight, half, whole || !half
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
