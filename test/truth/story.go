package truth

import (
	"fmt"
	"slices"

	"klaxon"
)

// story is all that was told under one ID.
type story struct {
	id   string
	told []*klaxon.Alarm
	used bool // a Want claimed it
}

func (s *story) open() *klaxon.Alarm { return s.told[0] }
func (s *story) last() *klaxon.Alarm { return s.told[len(s.told)-1] }

// counts tells whether somebody was told of a scan that still stands: an alarm
// that was retracted counts as none, and so does a mere suspicion.
func (s *story) counts() bool {
	return s.last().Event != klaxon.EventRetract && s.last().Confidence > klaxon.Suspect
}

// String names the story in a problem.
func (s *story) String() string {
	a := s.last()
	who := "many"
	if a.Source.Addr.IsValid() {
		who = a.Source.Addr.String()
	}
	return fmt.Sprintf("%s of %v/%s from %s (%s, tool %q, marks %v, %d probes, %d hosts, %d services, why %q)",
		a.Event, a.Techniques, a.Shape, who, a.Confidence, a.Tool.Name, a.Marks, a.Probes, a.Targets.Hosts, a.Targets.Services, a.Why)
}

// stories gathers the alarms by ID, in the order in which they opened.
func stories(alarms []*klaxon.Alarm) []*story {
	byID := make(map[string]*story)
	var list []*story
	for _, a := range alarms {
		s := byID[a.ID]
		if s == nil {
			s = &story{id: a.ID}
			byID[a.ID] = s
			list = append(list, s)
		}
		s.told = append(s.told, a)
	}
	return list
}

// recordsMax is what DESIGN.md allows for any one alarm.
const recordsMax = 12

// life returns what is wrong with a story by itself, whatever it is about.
func (s *story) life() (problems []string) {
	bad := func(format string, args ...any) {
		problems = append(problems, fmt.Sprintf("alarm %s: ", s.id)+fmt.Sprintf(format, args...))
	}
	if e := s.open().Event; e != klaxon.EventOpen {
		bad("begins with %s", e)
	}
	if e := s.last().Event; e != klaxon.EventClose && e != klaxon.EventRetract {
		bad("ends with %s", e)
	}
	for _, a := range s.told[1:] {
		if a.Event == klaxon.EventOpen {
			bad("opens again at %s", a.Time)
		}
	}
	for _, a := range s.told[:len(s.told)-1] {
		if a.Event == klaxon.EventClose || a.Event == klaxon.EventRetract {
			bad("%s is not its last word", a.Event)
		}
	}
	if len(s.told) > recordsMax {
		bad("%d records, the most is %d", len(s.told), recordsMax)
	}
	for _, a := range s.told {
		for _, p := range record(a) {
			bad("%s: %s", a.Event, p)
		}
	}
	return problems
}

// record returns what is wrong with one record by itself.
func record(a *klaxon.Alarm) (problems []string) {
	bad := func(wrong bool, what string) {
		if wrong {
			problems = append(problems, what)
		}
	}
	sorted := slices.Sorted(slices.Values(a.Techniques))
	several := a.Shape == klaxon.ShapeFlood || slices.Contains(a.Marks, klaxon.MarkDecoy) || slices.Contains(a.Marks, klaxon.MarkDistributed) || a.Proof == klaxon.ProofNone && slices.Contains(a.Marks, klaxon.MarkSpoofedMaybe)
	bad(a.Why == "", "no sentence says why")
	bad(len(a.Techniques) == 0, "no technique")
	bad(len(slices.Compact(sorted)) != len(a.Techniques), "a technique is named twice")
	bad(a.Severity < 1 || a.Severity > 5, fmt.Sprintf("severity %d", a.Severity))
	bad(a.Shape == "", "no shape")
	bad(a.Zone == "", "no zone")
	bad(a.Probes == 0, "no probe")
	bad(a.Last.Before(a.First), "it ends before it begins")
	bad(several == a.Source.Addr.IsValid(), fmt.Sprintf("%s, marks %v, and source %s", a.Shape, a.Marks, a.Source.Addr))
	bad(a.Confidence == klaxon.Proven && a.Proof < klaxon.ProofHandshake, "proven without a handshake")
	return problems
}
