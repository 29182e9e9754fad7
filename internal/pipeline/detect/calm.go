package detect

import (
	"time"

	"klaxon"
	"klaxon/internal/classify"
	"klaxon/internal/policy"
)

// SetAllow is policy.Alarms.SetAllow.
func (d *Detector) SetAllow(list *policy.AllowList) { d.alarms.SetAllow(list) }

// Allow is policy.Alarms.Allow.
func (d *Detector) Allow() []policy.Rule { return d.alarms.Allow() }

// Weather is policy.Alarms.Weather.
func (d *Detector) Weather(now time.Time) (klaxon.Health, bool) { return d.alarms.Weather(now) }

// RememberAlarms is policy.Alarms.Memory.
func (d *Detector) RememberAlarms() []byte { return d.alarms.Memory() }

// RecallAlarms is policy.Alarms.Recall, and false after an error.
func (d *Detector) RecallAlarms(b []byte) bool { return d.alarms.Recall(b) == nil }

// look tells what the evidence of a source shows beside its scan.
func (d *Detector) look(k policy.Key) policy.Look {
	v, ok := d.track.View(k.Index, k.Life)
	if !ok {
		return policy.Look{}
	}
	return policy.Look{OnLink: v.OnLink != klaxon.ProofNone, Moved: v.Moved, Aimed: classify.Aimed(v)}
}
