package detect

import (
	"net/netip"

	"klaxon"
	"klaxon/internal/classify"
	"klaxon/internal/policy"
	"klaxon/internal/track"
)

// Touch takes the touch of a trap at a time in ns, which is the packets' time
// where the wire is watched, too: the two are one story. The alarm that it opens
// carries it; it must not be changed any more.
func (d *Detector) Touch(at int64, t *klaxon.Touch) {
	d.Advance(at)
	d.touch = t
	d.track.Touch(at, t)
	d.react()
	d.touch = nil
}

// emit sends an alarm on its way, with the touch that opened it.
func (d *Detector) emit(a *klaxon.Alarm) {
	if a.Event == klaxon.EventOpen && a.Source.Addr.IsValid() {
		a.Touch = d.touch
	}
	d.cfg.Emit(a)
}

// SetTraps is track.Tracker.SetTraps.
func (d *Detector) SetTraps(list []klaxon.Port) {
	d.track.SetTraps(list)
	d.alarms.SetTraps(list)
}

// BeginDrill is track.Tracker.BeginDrill.
func (d *Detector) BeginDrill(salt uint64) { d.track.BeginDrill(salt) }

// SetLocal is track.Tracker.SetLocal.
func (d *Detector) SetLocal(list []netip.Addr) {
	d.track.SetLocal(list)
	d.alarms.SetLocal(list)
}

// TrapStates lists what is known of every trap, in the order of SetTraps.
func (d *Detector) TrapStates() []track.Trap { return d.track.Traps() }

// Why tells what is known of the source at an address, whether it rang or not;
// false when nothing is.
func (d *Detector) Why(a netip.Addr) (classify.Facts, bool) {
	v, ok := d.track.Look(a)
	if !ok {
		return classify.Facts{}, false
	}
	facts := d.classify.Facts(v, d.now())
	facts.Told = d.alarms.Told(policy.Key{Index: v.Index, Life: v.Life})
	if r, _ := d.track.RunOf(v); r != nil {
		facts.Run, facts.Told = r.Total, facts.Told || r.Open
	}
	return facts, true
}
