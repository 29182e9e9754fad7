package detect

import (
	"klaxon"
	"klaxon/internal/classify"
	"klaxon/internal/policy"
	"klaxon/internal/track"
)

// conspires tells whether a suspect is told as one of several that share a target
// among each other.
func (d *Detector) conspires(k policy.Key, v track.View, verdict classify.Verdict) bool {
	if !verdict.Scan || v.Keys.Decided() || v.Touches > 0 || d.alarms.Open(k) {
		return false
	}
	number, life, newcomer, ok := d.classify.Conspires(v, verdict.Confidence < klaxon.Established)
	if newcomer {
		d.againLater(v)
	}
	if !ok {
		return false
	}
	all := policy.Key{Kind: policy.OfCampaign, Index: number, Life: life}
	s, _ := d.classify.DescribeCampaign(number, life)
	d.alarms.Judge(all, &s, d.stamp())
	d.schedule()
	return true
}
