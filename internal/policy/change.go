package policy

import (
	"slices"

	"klaxon"
)

// merge is the new description of a scan with what the old one knew for
// certain: techniques in the order they were seen, the surest tool, and a
// confidence, which does not fall.
func merge(old *klaxon.Scan, s klaxon.Scan) klaxon.Scan {
	list := slices.Clone(old.Techniques)
	for _, t := range s.Techniques {
		if !slices.Contains(list, t) {
			list = append(list, t)
		}
	}
	s.Techniques = list
	marks := slices.Clone(old.Marks)
	for _, m := range s.Marks {
		if !slices.Contains(marks, m) {
			marks = append(marks, m)
		}
	}
	s.Marks = marks
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
	s.Severity = max(s.Severity, old.Severity)
	return s
}

// differs tells whether a scan means something else than before. Its numbers
// alone do not count: they are told at the end.
func differs(old, s *klaxon.Scan) bool {
	return old.Shape != s.Shape || old.Tool.Name != s.Tool.Name || old.Severity != s.Severity ||
		old.Confidence != s.Confidence || len(old.Techniques) != len(s.Techniques) || len(old.Marks) != len(s.Marks) ||
		(old.SourcesTotal == 0) != (s.SourcesTotal == 0)
}

// news tells whether merging s into what is known would make it differ.
func news(old, s *klaxon.Scan) bool {
	for _, t := range s.Techniques {
		if !slices.Contains(old.Techniques, t) {
			return true
		}
	}
	for _, m := range s.Marks {
		if !slices.Contains(old.Marks, m) {
			return true
		}
	}
	return old.Shape != s.Shape || s.Tool.Name != "" && old.Tool.Name != s.Tool.Name || s.Severity > old.Severity ||
		s.Confidence > old.Confidence || (old.SourcesTotal == 0) != (s.SourcesTotal == 0)
}

// idle is how long, in nanoseconds, a scan may pause and still be the same.
func idle(s *klaxon.Scan) int64 {
	wait := int64(idleMin)
	if s.Probes > 1 {
		wait = max(wait, idleGaps*int64(s.Last.Sub(s.First))/int64(s.Probes-1))
	}
	return wait
}
