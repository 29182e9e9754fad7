package drill

import "time"

// Our own choices.
const (
	// endsAfter is how long a drill may take at most, and DefaultWait how long it
	// does unless told otherwise: a half-open probe counts after 8 s of silence.
	endsAfter   = 10 * time.Minute
	DefaultWait = 20 * time.Second

	// eventsMax is how many probes a drill has at most: six kinds, two families.
	eventsMax = 12

	// flowsMax bounds the connections that one drill knows by their ends. A drill
	// has eventsMax of its own; only who knows its secret can announce more.
	flowsMax = 64

	// textMax bounds a sealed datagram.
	textMax = 62

	// lingers is how long the probes of a drill are known after it is over: the last
	// segments of a connection come late, and a kernel may repeat them.
	lingers = 30 * time.Second

	// silentMax is how many alarms of self-tests are known that may not be closed yet.
	silentMax = 8
)
