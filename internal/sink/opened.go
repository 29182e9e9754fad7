package sink

import "klaxon"

// opened returns what a sink of lines writes in place of a record: of an alarm
// that a touch opened the touch, which says all there is to say in the words of
// 1995. Any other record is written as it is.
func opened(r klaxon.Record) klaxon.Record {
	a, ok := r.(*klaxon.Alarm)
	if ok && a.Event == klaxon.EventOpen && a.Shape == klaxon.ShapeTouch && a.Touch != nil {
		return a.Touch
	}
	return r
}
