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
	// riseAfter is how long a rise of severity waits that is not urgent, and what is new
	// about a touch: what makes a scan of one shows its technique and its tool in the
	// same seconds, and a connection its proof and its use.
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
	idleMin = 10 * time.Minute
	// idleDrill closes the alarm of a drill: nobody else's is kept open for it.
	idleDrill = 15 * time.Second
	idleGaps  = 20
	// openMax is how many alarms are open at once; when there are more, the one
	// that has been quiet for longest is closed, or the newcomer is told as one of a
	// crowd.
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
	// aloneEverywhere is how many such sources are told by themselves within
	// crowdWindow over all victims, and wideVictims how many of these are counted
	// exactly afterwards: a hundred thousand forged scans of as many hosts make 128
	// records, and at most 12 of all others.
	aloneEverywhere = 64
	wideVictims     = 1024

	// kindMany open alarms of one kind are so many that the next of it tells nobody
	// anything new: a quarter of them all, so that there is always a kind to blame.
	// worseAlone of them that are ten times as large are told by themselves all the
	// same, as many again that are a hundred times as large, and so on: 80 more at
	// most, so that three kinds find room beside each other (3 × 335).
	// kindsMax crowds of such are there at most, and inside every network of inside4
	// or inside6 bits is a kind: what one machine can have as its own addresses, as
	// far as these can be told.
	kindMany   = openMax / 4
	worseAlone = 16
	kindsMax   = 16
	inside4    = 16
	inside6    = 48

	// day is what is summed up, and budgeted, at once.
	day = 24 * time.Hour
	// wordMax bounds a word that is counted, in bytes; ours have at most 30.
	wordMax = 64
	// weatherSources addresses are counted exactly: 32 KiB of hashes, twice.
	// weatherWords services and as many networks are ranked, and weatherNames
	// techniques and tools, which are ours to name. weatherServices is how many of
	// a scan are ranked: who tries more looks for none. A sentence names weatherTop.
	weatherSources  = 4096
	weatherWords    = 256
	weatherNames    = 32
	weatherServices = 16
	weatherTop      = 3
	// familiarDays is how long something is remembered to have come, familiarAfter
	// how many days of memory it takes to call anything new, and how many new ones
	// in as many days make novelty usual; familiarWords bounds what is remembered of
	// each kind (3 × 8,192 × ~80 bytes: 2 MiB), and familiarServices the services of
	// a scan that it is about.
	familiarDays     = 30
	familiarAfter    = 7
	familiarWords    = 8192
	familiarServices = 4
	// A person who means this host looks at aimedFew to aimedMany services of
	// aimedHosts at most.
	aimedFew      = 4
	aimedMany     = 16
	aimedHosts    = 3
	aimedSeverity = 4
	// guestsMax is how many expected sources are remembered, and guestTraps how many
	// traps of each: 1,024 × 4 KiB. Whoever touches more rings with every other one,
	// until the rule names the services.
	guestsMax  = 1024
	guestTraps = 1024
	// hoursSlack is how long what began within the hours of a rule may last beyond
	// them.
	hoursSlack = time.Hour
	// paceProbes is from how many probes on there is a pace to speak of.
	paceProbes = 20
	// A rule that is wider than widest4 or widest6 bits needs force; reasonMax is in
	// bytes, and the others bound what a file may hold by accident.
	widest4      = 16
	widest6      = 48
	reasonMax    = 512
	ruleSources  = 1024
	ruleServices = 1024
	minutes      = 24 * 60
	// learnSources is of how many sources is learned, and learnServices how many
	// services of each: 256 × 256 × 6 bytes.
	learnSources  = 256
	learnServices = 256
)
