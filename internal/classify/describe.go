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
	if v.Tuples == 0 {
		s.Probes = uint64(v.Asked)
	}
	if v.Fragments > 2 {
		s.Marks = append(s.Marks, klaxon.MarkFragmented)
	}
	if v.Report != nil {
		targetsOf(v.Report, &s.Targets)
		exact(&s.Targets, int(s.Probes))
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

// techniquesOf lists the techniques that are evidence. What shows once is left
// out when something else shows often: a scan of IP protocols has its ACK and its
// datagram, too.
func techniquesOf(v track.View) []klaxon.Technique {
	var often, once []klaxon.Technique
	for m := range track.MethodNone {
		c := tally(v.Notes, m)
		if !c.evidence(&v.Keys, m) || neighbours(m) && c.positive <= int(v.Tuples) {
			continue
		}
		for _, t := range c.names(m) {
			if c.n > 1 {
				often = addTechnique(often, t)
			} else {
				once = addTechnique(once, t)
			}
		}
	}
	if v.Keys.OS != 0 && v.Keys.Decided() {
		often = addTechnique(often, klaxon.OSProbe)
	}
	if v.Returned > 0 {
		often = addTechnique(often, klaxon.Version)
	}
	if len(often) == 0 {
		return once
	}
	return often
}

// methodCount sums up the notes of a method.
type methodCount struct {
	n           int
	positive    int // of these, how many are evidence
	weight      track.Weight
	half, whole bool // some are of a raw packet, or were reset; some are not
}

func tally(notes []track.Note, m track.Method) (c methodCount) {
	for i := range notes {
		o := &notes[i]
		if o.Method != m || o.OS {
			continue
		}
		c.n++
		c.weight += max(track.Weight(o.Weight), 0)
		if o.Weight > 0 {
			c.positive++
		}
		if o.Raw || o.Outcome == track.HalfOpen {
			c.half = true
		} else if o.Weight > 0 {
			c.whole = true
		}
	}
	c.whole = c.whole || !c.half
	return c
}

// neighbours tells the methods that a host uses on its own link before any other:
// they are a technique when they are most of what it does.
func neighbours(m track.Method) bool { return m == track.MethodARP || m == track.MethodND }

// evidence tells whether a method is part of the scan: by the weight of its
// contacts, or because they are those whose relation established it.
func (c methodCount) evidence(k *track.Keys, m track.Method) bool {
	return c.weight > 0 || c.n >= 3 && k.By != 0 && m <= track.MethodFlags
}

func (c methodCount) names(m track.Method) (list []klaxon.Technique) {
	if c.half {
		list = append(list, nameOf(m, true))
	}
	if c.whole {
		list = addTechnique(list, nameOf(m, false))
	}
	return list
}

func addTechnique(list []klaxon.Technique, t klaxon.Technique) []klaxon.Technique {
	if slices.Contains(list, t) {
		return list
	}
	return append(list, t)
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
// are with one host, or one service, their number is that of the other.
func exact(t *klaxon.Targets, contacts int) {
	switch {
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
