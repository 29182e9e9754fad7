package detect

import (
	"klaxon"
	"klaxon/internal/classify"
	"klaxon/internal/policy"
	"klaxon/internal/track"
)

// whyProven is the reason when the evidence was told as that of a crowd.
const whyProven = "one of many sources that scanned the same, and the one that proved its address"

// crowded tells whether a scan is told as one of many: of those who did not prove
// their addresses, or of those for whom there is no room. They get no account of
// their own.
func (d *Detector) crowded(k policy.Key, v track.View, verdict classify.Verdict) bool {
	told := verdict.Scan && verdict.Confidence >= klaxon.Established || v.Touches > 0
	if !told || d.alarms.Open(k) {
		return false
	}
	if max(v.Proof, v.OnLink) != klaxon.ProofNone {
		return d.crammed(k, v, verdict)
	}
	s := d.classify.Glimpse(v, verdict)
	return d.alarms.Join(k, &s, d.stamp())
}

// crammed tells whether there is no room for a scan of its own.
func (d *Detector) crammed(k policy.Key, v track.View, verdict classify.Verdict) bool {
	if !d.alarms.Full() {
		return false
	}
	s := d.classify.Glimpse(v, verdict)
	return d.alarms.Cram(k, &s, d.stamp())
}
