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

	// queryMax ends what takes too long: a reader keeps the log from being
	// folded into the file, so that it grows. verifyMax is for a look at every
	// record, some 100,000 a second.
	queryMax  = 30 * time.Second
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

	// pruneStep records are forgotten in one transaction, which takes about as
	// long as keeping as many. A call of Prune takes at most pruneSteps.
	pruneStep  = 500
	pruneSteps = 256

	// pruneEvery bytes of records after which Emit itself looks at the size: a
	// flood must not outrun whoever calls Prune now and then. It takes at most
	// mindSteps then, which is more than came: lines have 300 bytes and more.
	pruneEvery = 4 << 20
	mindSteps  = 32

	// clockLeap is a difference of the clock that is taken for a mistake, and
	// clockHold how long nothing is forgotten for its age then: a clock set a
	// year ahead makes every record old.
	clockLeap = 24 * time.Hour
	clockHold = 24 * time.Hour

	// srcsMax sources of an alarm can be asked for, as many as its JSON tells.
	srcsMax = 256
)
