package pipeline

import (
	"net/netip"
	"slices"
	"time"

	"klaxon"
)

// Alarm takes one record of an alarm, which is the pipeline's from then on, and
// returns at once.
func (p *Pipeline) Alarm(a *klaxon.Alarm) { p.in.alarm(a) }

// stageAlarm offers an alarm to every record sink, and to those that notify if
// it is for people and there is budget left.
func (p *Pipeline) stageAlarm(a *klaxon.Alarm, now time.Time) {
	p.seq++
	a.Sensor, a.Boot, a.Seq = p.cfg.Sensor, p.cfg.Boot, p.seq
	p.own.AlarmsStaged++
	told := p.telling(a, now)
	for _, o := range p.outputs {
		switch {
		case o.keep:
			o.offer(a, now)
		case told != nil:
			o.offer(told, now)
		}
	}
}

// telling returns what people are told of an alarm, nil for nothing.
func (p *Pipeline) telling(a *klaxon.Alarm, now time.Time) *klaxon.Alarm {
	if a.Quiet {
		p.own.Quiet++
		if slices.Contains(a.Marks, klaxon.MarkDrill) {
			p.own.QuietDrills++
		}
		return nil
	}
	class := classOfAlarm(a)
	if !p.notify.pass(p.spent(a.Source.Addr, class, now.UnixNano()), class, now.UnixNano()) {
		p.notify.hold(a.Source.Addr, a.Time)
		p.own.HeldBackNotify++
		p.untold.add(a.ID)
		return nil
	}
	missing := p.untold.take(a.ID)
	if missing == 0 {
		return a
	}
	told := *a
	told.HeldBack += missing
	return &told
}

// spent is what a source has spent of its own budget of notifications. An alarm
// that names no source has none: policy makes few of them.
func (p *Pipeline) spent(source netip.Addr, class int, now int64) *bucket {
	if !source.IsValid() {
		return nil
	}
	src := p.sources.get(source, now)
	src.proven = src.proven || class >= proven
	return &src.notify
}

// untold counts what was held back of each alarm until the next record of it is
// told. Beyond untoldCap alarms the count is in the report of all of them only.
type untold map[string]uint64

func (u untold) add(id string) {
	if _, known := u[id]; known || len(u) < untoldCap {
		u[id]++
	}
}

func (u untold) take(id string) uint64 {
	n := u[id]
	delete(u, id)
	return n
}
