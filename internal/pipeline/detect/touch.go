package detect

import (
	"net/netip"
	"slices"

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
	index, life := d.track.Touch(at, t)
	d.track.Changed(func(v track.View) {
		if v.Index == index && v.Life == life {
			d.touch = t
		}
		d.judge(v)
		d.touch = nil
	})
	d.react()
}

// emit sends an alarm on its way, with the touch that opened it. Others may open
// meanwhile: where memory is short, contacts are settled early.
func (d *Detector) emit(a *klaxon.Alarm) {
	if a.Event == klaxon.EventOpen && d.touch != nil && opens(d.touch, a) {
		a.Touch = d.touch
	}
	d.cfg.Emit(a)
}

// opens tells whether an alarm is of the source of a touch, and names what that
// touched if it names a touch.
func opens(t *klaxon.Touch, a *klaxon.Alarm) bool {
	if !sameSource(t.Source.Addr.WithZone(""), a.Source.Addr) {
		return false
	}
	return a.Shape != klaxon.ShapeTouch || slices.Contains(a.Targets.Dst, t.Target.Addr.Unmap().WithZone("")) && touched(t, a)
}

// sameSource tells whether a touch from an address is one of an alarm's source, as
// far as addresses tell: over IPv6 it may be known by another one of its network.
func sameSource(from, source netip.Addr) bool {
	if from = from.Unmap(); from == source || !from.Is6() || !source.Is6() {
		return from == source
	}
	network, _ := source.Prefix(64)
	return network.Contains(from)
}

func touched(t *klaxon.Touch, a *klaxon.Alarm) bool {
	list := a.Targets.TCP
	if t.Transport == klaxon.UDP {
		list = a.Targets.UDP
	}
	return slices.ContainsFunc(list, func(r klaxon.PortRange) bool { return r.First <= t.Target.Port && t.Target.Port <= r.Last })
}

// SetTraps is track.Tracker.SetTraps.
func (d *Detector) SetTraps(list []klaxon.Port, since int64) {
	d.track.SetTraps(list, since)
	d.alarms.SetTraps(list)
}

// SetPlaces is track.Tracker.SetPlaces.
func (d *Detector) SetPlaces(list []track.Place) { d.track.SetPlaces(list) }

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
	k := policy.Key{Index: v.Index, Life: v.Life}
	told, crowd := d.alarms.Told(k)
	facts.Techniques, facts.Marks, facts.Tool = d.alarms.Known(k, facts.Techniques, facts.Marks, facts.Tool)
	if r, _ := d.track.RunOf(v); r != nil {
		facts.Run, told = r.Total, told || r.Open
	}
	facts.Tell(told, crowd)
	if id, scan, open := d.alarms.Now(k); open {
		facts.Alarm = &classify.OpenAlarm{ID: id, Probes: scan.Probes, Hosts: scan.Targets.Hosts, Services: scan.Targets.Services, Last: scan.Last}
	}
	return facts, true
}
