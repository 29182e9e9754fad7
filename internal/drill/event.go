package drill

import (
	"maps"
	"slices"
	"time"

	"klaxon"
	"klaxon/internal/track"
)

// Event is one probe of a drill and how far it came.
type Event struct {
	Kind    Kind
	V6      bool
	Flow    Flow   // valid once it is sent or seen
	Skipped string // why it was not sent; "" when it was, or is to be

	Sent  time.Time // zero until then, and when another host sends
	Seen  time.Time // by a trap or on the wire
	Trap  bool      // a trap told of it
	Found time.Time // an alarm of it was opened
	Alarm string    // its ID
	As    []klaxon.Technique

	Touches map[string]time.Time // when outputs took the touch
	Alarms  map[string]time.Time // and the alarm
}

// scope is where the detector sees it: each event by itself, or those of one host
// were one alarm.
func (e *Event) scope(n int) uint8 { return track.DrillScope + uint8(n) }

// Rang tells whether it was found as what it is.
func (e *Event) Rang() bool {
	return !e.Found.IsZero() && slices.Contains(e.As, e.Kind.Technique())
}

// Took tells when an output that keeps had all of it; false when it has not.
func (e *Event) Took(output string) (at time.Time, ok bool) {
	at, ok = e.Alarms[output]
	if !ok || !e.Trap {
		return at, ok
	}
	touch, ok := e.Touches[output]
	if touch.After(at) {
		at = touch
	}
	return at, ok
}

func (e *Event) clone() Event {
	c := *e
	c.Touches, c.Alarms, c.As = maps.Clone(e.Touches), maps.Clone(e.Alarms), slices.Clone(e.As)
	return c
}
