package detect

import (
	"klaxon"
	"klaxon/internal/classify"
	"klaxon/internal/policy"
	"klaxon/internal/track"
)

// whyProven is the reason when the evidence was told as that of a crowd.
const whyProven = "one of many sources that scanned the same, and the one that proved its address"

// crowded tells whether a scan by a source that did not prove its address is told
// as one of many. Those that are get no account of their own.
func (d *Detector) crowded(k policy.Key, v track.View, verdict classify.Verdict) bool {
	told := verdict.Scan && verdict.Confidence >= klaxon.Established || v.Touches > 0
	if !told || max(v.Proof, v.OnLink) != klaxon.ProofNone || d.alarms.Open(k) {
		return false
	}
	s := d.classify.Glimpse(v, verdict)
	return d.alarms.Join(k, &s, d.stamp())
}
