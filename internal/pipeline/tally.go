package pipeline

import "klaxon"

// tally counts records by type: the conservation laws are about touches and
// about alarms, and a health record may be lost as well.
type tally struct{ touches, alarms, health uint64 }

func (t *tally) add(records ...klaxon.Record) {
	for _, r := range records {
		switch r.(type) {
		case *klaxon.Touch:
			t.touches++
		case *klaxon.Alarm:
			t.alarms++
		default:
			t.health++
		}
	}
}

func (t *tally) less(records []klaxon.Record) {
	var s tally
	s.add(records...)
	t.minus(s)
}

func (t *tally) plus(s tally) {
	t.touches, t.alarms, t.health = t.touches+s.touches, t.alarms+s.alarms, t.health+s.health
}

func (t *tally) minus(s tally) {
	t.touches, t.alarms, t.health = t.touches-s.touches, t.alarms-s.alarms, t.health-s.health
}

func (t *tally) sum() uint64 { return t.touches + t.alarms + t.health }
