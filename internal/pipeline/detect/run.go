package detect

import (
	"klaxon"
	"klaxon/internal/policy"
	"klaxon/internal/track"
)

// judgeRun judges the run that a source is part of; false when there is no
// alarm of it, so that the source is judged alone. member is the key of the
// source, whose own alarm becomes that of the run.
func (d *Detector) judgeRun(member policy.Key, r *track.Run, number uint32) bool {
	verdict := d.classify.Run(r)
	if !r.Open && !(verdict.Scan && verdict.Confidence >= d.cfg.Floor) {
		return false
	}
	k := policy.Key{Kind: policy.OfRun, Index: number, Life: r.Life}
	if !r.Open {
		d.track.OpenRun(r)
		for _, m := range r.Members {
			d.alarms.Move(policy.Key{Index: m.Index, Life: m.Life}, k, d.stamp())
		}
	}
	d.alarms.Move(member, k, d.stamp())
	s, _ := d.describeRun(k)
	d.alarms.Judge(k, &s, d.stamp())
	d.schedule()
	return true
}

func (d *Detector) describeRun(k policy.Key) (klaxon.Scan, bool) {
	r := d.track.Run(k.Index, k.Life)
	if r == nil {
		return klaxon.Scan{}, false
	}
	return d.classify.DescribeRun(r, d.classify.Run(r), func(m track.Member) (track.View, bool) {
		return d.track.View(m.Index, m.Life)
	}), true
}
