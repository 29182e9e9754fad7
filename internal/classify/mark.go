package classify

import (
	"time"

	"klaxon"
	"klaxon/internal/track"
)

const (
	slowGap       = 10 * time.Second // mean distance of a slow scan's probes
	slowProbes    = 5
	samePorts     = 4  // contacts from one low port that are no accident
	portFTPData   = 20 // a server that connects from it carries somebody else's probes (nmap -b)
	someFragments = 3
)

// marksOf are the circumstances of a source's scan.
func marksOf(v track.View) (marks []klaxon.Mark) {
	if v.Fragments >= someFragments {
		marks = append(marks, klaxon.MarkFragmented)
	}
	if v.Tuples >= slowProbes && (v.Last-v.First)/int64(v.Tuples-1) >= int64(slowGap) {
		marks = append(marks, klaxon.MarkSlow)
	}
	switch k := &v.Keys; {
	case k.Low < samePorts || k.Low < k.Tries/2:
	case k.LowPort == portFTPData && k.By == 0 && !v.Notes[0].Raw:
		marks = append(marks, klaxon.MarkBounce)
	default:
		marks = append(marks, klaxon.MarkSourcePort)
	}
	if v.Touches > 0 {
		marks = append(marks, touchMarks(v.Marks)...)
	}
	if v.Contacts > 0 {
		marks = append(marks, klaxon.MarkContact)
	}
	if borrowed(v) {
		marks = append(marks, klaxon.MarkSpoofedMaybe)
	}
	return marks
}

// borrowed tells whether the address is proven by conversations alone that are part of
// no scan: the probes may be somebody else's. A service that is watched by name is told
// whatever is said there.
func borrowed(v track.View) bool {
	watched := v.Touches > 0 && !v.Touched.Trap
	return v.Proof >= klaxon.ProofHandshake && !watched && !v.Committed()
}
