package policy

import (
	"slices"

	"klaxon"
)

// merge is the new description of a scan with what the old one knew for
// certain: techniques in the order they were seen, the surest tool, and a
// confidence, which does not fall. Nor does the severity, unless it turns out that
// the scan is in the name of its source.
func merge(old *klaxon.Scan, s klaxon.Scan) klaxon.Scan {
	if !slices.Contains(s.Marks, klaxon.MarkIdle) {
		s.Severity = max(s.Severity, old.Severity)
	}
	s.Techniques = union(old.Techniques, s.Techniques)
	cleared := clears(old, &s)
	if s.Marks = union(old.Marks, s.Marks); cleared {
		s.Marks = slices.DeleteFunc(slices.Clone(s.Marks), func(m klaxon.Mark) bool { return m == klaxon.MarkSpoofedMaybe })
	}
	if s.Tool.Name == "" {
		s.Tool = old.Tool
	}
	if s.Confidence < old.Confidence {
		s.Confidence = old.Confidence
	}
	if s.Why == "" {
		s.Why = old.Why
	}
	s.First = old.First
	s.Wanted |= old.Wanted
	return s
}

// Known adds to what shows of a source now what its open alarm tells of it: the newest
// contacts alone are kept one by one.
func (a *Alarms) Known(k Key, did []klaxon.Technique, marks []klaxon.Mark, tool klaxon.Tool) ([]klaxon.Technique, []klaxon.Mark, klaxon.Tool) {
	l := a.open[k]
	if l == nil {
		return did, marks, tool
	}
	if tool.Name == "" {
		tool = l.told.Tool
	}
	return union(l.told.Techniques, did), union(l.told.Marks, marks), tool
}

// Now is the open alarm of k, and its scan as its next record would tell it; false when
// it has none of its own.
func (a *Alarms) Now(k Key) (id string, s klaxon.Scan, ok bool) {
	l := a.open[k]
	if l == nil {
		return "", s, false
	}
	if s, ok = a.describe(k); !ok {
		return l.id, l.told, true
	}
	return l.id, merge(&l.told, s), true
}

// early tells whether a scan was called half-open before its connections were
// finished: a trap is a reason to tell before it is known what becomes of a SYN.
func early(old, s []klaxon.Technique) bool {
	return slices.Equal(old, []klaxon.Technique{klaxon.Syn}) && slices.Contains(s, klaxon.Connect) && !slices.Contains(s, klaxon.Syn)
}

// clears tells whether it turned out that the probes of a source are its own.
func clears(old, s *klaxon.Scan) bool {
	return s.Source.Addr.IsValid() && slices.Contains(old.Marks, klaxon.MarkSpoofedMaybe) && !slices.Contains(s.Marks, klaxon.MarkSpoofedMaybe)
}

// union is what is in either, in the order of the old one first: the old list
// itself when nothing is new, which may not be written to.
func union[T comparable](old, more []T) []T {
	list := slices.Clip(old) // what is added goes to a list of its own
	for _, x := range more {
		if !slices.Contains(list, x) {
			list = append(list, x)
		}
	}
	return list
}

// adds tells whether more has something that old has not.
func adds[T comparable](old, more []T) bool {
	return slices.ContainsFunc(more, func(x T) bool { return !slices.Contains(old, x) })
}

// differs tells whether a scan means something else than before. Small
// numbers that grow do not count: they are told at the end.
func differs(old, s *klaxon.Scan) bool {
	return old.Shape != s.Shape || old.Tool.Name != s.Tool.Name || old.Severity != s.Severity ||
		old.Confidence != s.Confidence || len(old.Techniques) != len(s.Techniques) || len(old.Marks) != len(s.Marks) ||
		(old.SourcesTotal == 0) != (s.SourcesTotal == 0) || grown(&old.Targets, &s.Targets) || len(old.Targets.Open) == 0 && len(s.Targets.Open) > 0
}

// grown tells whether there are ten times as many targets as were told, or others than
// the first host.
func grown(old, t *klaxon.Targets) bool {
	return spreads(old, t) || t.Hosts >= targetsGrown*max(old.Hosts, targetsFew) || t.Services >= targetsGrown*max(old.Services, targetsFew)
}

// spreads tells whether who was at one host goes on to others. A sweep that is told
// with its first few hosts always does.
func spreads(old, t *klaxon.Targets) bool { return old.Hosts == 1 && t.Hosts >= targetsFew }

// news tells whether merging s into what is known would make it differ.
func news(old, s *klaxon.Scan) bool {
	if s.Shape == klaxon.ShapeTouch && old.Shape == klaxon.ShapeTouch && s.Why != old.Why && s.SourcesTotal == 0 {
		return true // another service that is watched; a crowd has no words of its own
	}
	return adds(old.Techniques, s.Techniques) || adds(old.Marks, s.Marks) || clears(old, s) || old.Shape != s.Shape || s.Tool.Name != "" && old.Tool.Name != s.Tool.Name || s.Severity > old.Severity ||
		s.Confidence > old.Confidence || (old.SourcesTotal == 0) != (s.SourcesTotal == 0) || grown(&old.Targets, &s.Targets)
}

// idle is how long, in nanoseconds, a scan may pause and still be the same.
func idle(s *klaxon.Scan) int64 {
	if drill(s) {
		return int64(idleDrill)
	}
	wait := int64(idleMin)
	if s.Probes > 1 {
		wait = max(wait, idleGaps*int64(s.Last.Sub(s.First))/int64(s.Probes-1))
	}
	return wait
}
