package klaxon

import "time"

// Event says where in its life an alarm is.
type Event string

// The events. An alarm opens once, is updated when its meaning changes, and
// ends in one of the last two.
const (
	EventOpen    Event = "open"
	EventUpdate  Event = "update"
	EventRetract Event = "retract" // it proved to be innocent
	EventClose   Event = "close"
)

// EndOfWatch is the reason of an alarm that closed because nobody watches any more:
// what its source does from then on is not known.
const EndOfWatch = "klaxond ends, and whether it goes on is not known"

// Alarm is a scan that passed policy, at one moment of its life.
type Alarm struct {
	Event  Event
	ID     string // 26 lower-case base32 characters, the same through its life
	Prev   string // ID of the alarm before of the same source, "" for none
	Time   time.Time
	Sensor string // set by the pipeline
	Boot   string // identifies one run of the sensor; set by the pipeline
	Seq    uint64 // counts a sensor's records within Boot, from 1; 0 = unset

	Scan
	Evidence string // name of the file that keeps its packets, "" for none
	HeldBack uint64 // records about it that were not sent, for lack of budget
	Touch    *Touch // that opened it; nil when the wire did. Shared: read only
	Quiet    bool   // for record sinks alone: people read of it in the weather
}

func (*Alarm) record() {}
