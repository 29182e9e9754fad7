package classify

import (
	"net/netip"
	"slices"
	"strconv"

	"klaxon"
	"klaxon/internal/track"
)

// touched describes a source that has done no more than touch a trap, or a
// service that is watched by name. When it proved its address and touched several
// traps, that is a scan: nobody does it by mistake. Of an address that anybody may
// have forged it is still a touch, and the first is the one that is named.
func (j *Judge) touched(v track.View, s *klaxon.Scan) {
	s.Shape, s.Confidence = klaxon.ShapeTouch, klaxon.Established
	if v.Proof >= klaxon.ProofHandshake {
		s.Confidence = klaxon.Proven
	}
	n := &v.Touched
	s.Techniques = touchTechniques(v)
	s.Targets = touchedTarget(n)
	service := transportOf(n.Method).String() + "/" + strconv.Itoa(int(n.Port))
	s.Why = service + " is watched by name, where a single probe is told"
	if !n.Trap {
		if v.Marks&track.TouchRelayed != 0 {
			s.Why = service + " was touched, says a program of this host that is not believed"
		}
		return
	}
	s.Why = service + " is a trap, which has no honest client"
	if v.Touches < 2 {
		return
	}
	j.techniques.reset()
	j.techniques.of(v)
	s.Techniques = slices.Clone(j.techniques.list())
	j.techniques.traps(&s.Techniques, v)
	s.Targets = targetsOfTraps(v.Notes)
	if several := s.Targets.Hosts*s.Targets.Services > 1; several && s.Proof != klaxon.ProofNone {
		s.Shape = shapeOf(s.Targets)
		s.Why = "it " + touchesOf(v) + ", which have no honest clients"
	}
}

// touchTechniques are those of a single touch: of the first packet, and of who came
// back to what that found.
func touchTechniques(v track.View) []klaxon.Technique {
	n := &v.Touched
	list := []klaxon.Technique{nameOf(n.Method, n.Raw || n.Outcome == track.HalfOpen)}
	if v.Half {
		add(&list, klaxon.Syn)
	}
	if v.Whole || v.Contacts > 0 {
		add(&list, klaxon.Connect)
	}
	if v.Returned > v.Contacts {
		add(&list, klaxon.Version)
	}
	return list
}

// touchesOf tells traps that told of a touch from those that were only half-opened, or
// asked.
func touchesOf(v track.View) string {
	all, half := int(v.Touches), 0
	for i := range v.Notes {
		if n := &v.Notes[i]; n.Trap && n.Outcome == track.HalfOpen {
			half++
		}
	}
	switch {
	case half >= all:
		return "half-opened " + count(all, "trap", "traps")
	case v.Reached == 0:
		return "probed " + count(all, "trap", "traps")
	case half > 0:
		return "touched " + count(all-half, "trap", "traps") + " and half-opened " + strconv.Itoa(half)
	}
	return "touched " + count(all, "trap", "traps")
}

// touchedTarget is the service that was touched, whatever else was probed.
func touchedTarget(n *track.Note) klaxon.Targets {
	t := klaxon.Targets{Hosts: 1, Services: 1, Dst: []netip.Addr{n.AddrOf()}}
	r := []klaxon.PortRange{{First: n.Port, Last: n.Port}}
	if n.Method == track.MethodUDP {
		t.UDP = r
	} else {
		t.TCP = r
	}
	return t
}

// targetsOfTraps lists the traps among notes. Those who touch more than there are
// notes are judged by their evidence.
func targetsOfTraps(notes []track.Note) (t klaxon.Targets) {
	var tcp, udp []uint16
	for i := range notes {
		n := &notes[i]
		if !n.Trap {
			continue
		}
		if a := n.AddrOf(); !slices.Contains(t.Dst, a) {
			t.Dst = append(t.Dst, a)
		}
		if n.Method == track.MethodUDP {
			udp = append(udp, n.Port)
		} else {
			tcp = append(tcp, n.Port)
		}
	}
	t.TCP, t.UDP = rangesOf(tcp), rangesOf(udp)
	t.Hosts, t.Services = len(t.Dst), portsIn(t.TCP)+portsIn(t.UDP)
	t.Dst = t.Dst[:min(len(t.Dst), 32)]
	slices.SortFunc(t.Dst, netip.Addr.Compare)
	t.More = len(t.Dst) < t.Hosts
	return t
}

// rangesOf makes ranges of ports in any order.
func rangesOf(ports []uint16) (list []klaxon.PortRange) {
	slices.Sort(ports)
	for _, p := range ports {
		if n := len(list); n > 0 && int(p) <= int(list[n-1].Last)+1 {
			list[n-1].Last = p
			continue
		}
		list = append(list, klaxon.PortRange{First: p, Last: p})
	}
	return list
}

func portsIn(list []klaxon.PortRange) (n int) {
	for _, r := range list {
		n += int(r.Last-r.First) + 1
	}
	return n
}

// touchMarks are the circumstances of a source's touches.
func touchMarks(m track.TouchMarks) (marks []klaxon.Mark) {
	if m&track.TouchLured != 0 {
		marks = append(marks, klaxon.MarkLured)
	}
	if m&track.TouchDrill != 0 {
		marks = append(marks, klaxon.MarkDrill)
	}
	if m&track.TouchRelayed != 0 {
		marks = append(marks, klaxon.MarkRelayed)
	}
	return marks
}
