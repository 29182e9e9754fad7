package policy

import "time"

// Our own choices. A scan of one source makes at most recordsMax records, and
// one that lasts less than updateFirst two: its beginning and its end.
const (
	// updateFirst is how long after its beginning an alarm is first updated, and
	// updateNext how long the next update waits: a scan of minutes makes three records.
	// Every further one waits twice as long as the one before.
	updateFirst = 30 * time.Second
	updateNext  = 10 * time.Minute
	// riseAfter is how long a rise of severity waits that is not urgent: what makes
	// a scan of a touch shows its technique and its tool in the same seconds.
	riseAfter = 3 * time.Second
	urgent    = 4
	// targetsGrown is how many times as many targets are worth an update; up to
	// targetsFew are as good as none.
	targetsGrown = 10
	targetsFew   = 10
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
	// crowdAlone is how many sources that did not prove their addresses are told
	// by themselves at one victim within crowdWindow, and crowdTouches how many
	// single touches; the next one makes all of them one alarm. Three strangers
	// may meet by accident. With the records of three (two end as theirs, one goes
	// on as that of all) and those of one that proves itself, a hundred thousand
	// forged scans make ten records.
	crowdAlone   = 3
	crowdTouches = 32
	crowdWindow  = time.Minute
	// crowdsMax is how many victims are watched for it, and crowdSources how many
	// sources of a crowd are named.
	crowdsMax    = 256
	crowdSources = 256
)
