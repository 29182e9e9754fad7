package policy

import "time"

// Our own choices. A scan of one source makes at most recordsMax records, and
// one that lasts less than updateFirst two: its beginning and its end.
const (
	// updateFirst is how long after its beginning an alarm is first updated;
	// every further update waits twice as long as the one before.
	updateFirst = 30 * time.Second
	// recordsMax counts all records of an alarm.
	recordsMax = 12
	// idleMin closes an alarm after silence, and idleGaps after so many times the
	// mean distance of its probes, whichever is longer: a slow scan is one scan.
	idleMin  = 10 * time.Minute
	idleGaps = 20
	// openMax is how many alarms are open at once; when there are more, the one
	// that has been quiet for longest is closed.
	openMax = 1024
	// previousMax is how many closed alarms are remembered to link the next one
	// of the same source to.
	previousMax = 4096
)
