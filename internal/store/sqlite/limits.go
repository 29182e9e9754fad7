package sqlite

import "time"

// Our own choices.
const (
	// writerCache and readerCache bound SQLite's memory: 4 MiB hold the inner
	// pages of the indexes of some ten million records.
	writerCache = 4 << 20
	readerCache = 1 << 20

	// readersMax connections answer at once; more wait. A connection that was
	// not used for readerIdle is closed.
	readersMax = 2
	readerIdle = time.Minute

	// verifyMax is for a look at every record, some 50,000 a second, for which
	// store.QueryMax is too short.
	verifyMax = 30 * time.Minute

	// busyWait is for other programs that look at the file, such as a backup.
	busyWait = 2 * time.Second

	// smallBatch records, and more, are committed at once by a store that keeps a
	// pace: it is the most that klaxond's queue gives, and shows that more wait.
	smallBatch = 1024

	// checkpointPages of log are folded into the file, 4 MiB. That bounds the
	// time of an opening after a crash, which reads the log. logKeep is what is
	// left of a log that grew for a slow reader.
	checkpointPages = 1000
	logKeep         = 16 << 20

	// shortTime is a time with fewer records than that, which are found by the
	// index: some 3 ms.
	shortTime = 20_000

	// pageSize is SQLite's default. A disk has no smaller unit.
	pageSize = 4096

	// tailCheck records are hashed again when a file is opened.
	tailCheck = 64

	// touchCost and alarmCost are what a record takes beside its line: hash, columns,
	// its entries in the indexes, and the ends of pages that nothing fits in. They
	// were measured.
	touchCost = 160
	alarmCost = 288

	// alarmShare of the size, one in so many, is what alarms, health and packets
	// have for themselves: a half. Touches come by the million when somebody wants
	// them to, and take what the others leave, but never of that share; nor do
	// alarms beyond it push out touches.
	alarmShare = 2

	// pruneStep records, or pruneBytes, are forgotten in one transaction, which takes
	// about as long as keeping as many: some 100 ms, in which the queue before the
	// store fills to a tenth. Each is announced by a line of syslog and signed off by
	// a record, so that a flood must not have many. A call of Prune takes at most
	// pruneSteps.
	pruneStep  = 8192
	pruneBytes = 4 << 20
	pruneSteps = 256

	// shrinkPages are given back to the disk after a step: twice what it freed.
	shrinkPages = 2 * pruneBytes / pageSize

	// pruneEvery bytes of records after which Emit itself looks at the size: a
	// flood must not outrun whoever calls Prune now and then. It takes at most
	// mindSteps then, which is more than came.
	pruneEvery = 4 << 20
	mindSteps  = 4

	// logTold is a log that is told of: somebody reads, and does not end. In order
	// it has 4 MiB, and in a flood during a verification some 20.
	logTold = 64 << 20

	// verifyStep records, or verifyBytes, or as many as take verifySpan, are verified
	// in one view of the file, after which the log may be folded in. verifyPause is
	// between two of them. That is done by whoever commits, who may come later on a
	// slow machine: where the log is large and grows, he is waited for, verifyWait
	// at most.
	verifyStep  = 5000
	verifyBytes = 16 << 20
	verifySpan  = 500 * time.Millisecond
	verifyPause = 20 * time.Millisecond
	verifyWait  = 5 * time.Second

	// clockLeap is a difference of the clock that is taken for a mistake, and
	// clockHold how long nothing is forgotten for its age then: a clock set a
	// year ahead makes every record old.
	clockLeap = 24 * time.Hour
	clockHold = 24 * time.Hour

	// srcsMax sources of an alarm can be asked for, as many as its JSON tells.
	srcsMax = 256
)
