package track

import "klaxon"

// Touch takes the touch of a trap, at a time in nanoseconds since 1970.
func (t *Tracker) Touch(at int64, x *klaxon.Touch) { t.Advance(at) }
