package pipeline

import "time"

// Our own choices; no specification names these values. What a stranger can
// grow is listed here with its arithmetic.
const (
	// intakeCap bounds the touches waiting for the pipeline's goroutine: at
	// 20,000 touches a second it rides out a stall of 0.8 s, and costs
	// 16,384 × ~0.4 KiB ≈ 6.5 MiB at most. Each is a piece of memory by itself: an
	// alarm that keeps its touch keeps no others.
	intakeCap = 16 << 10

	// alarmCap bounds the alarms waiting for it. A scan makes at most 12 records
	// of up to 4 KiB (256 sources, 64 ranges of ports): 16 MiB at most.
	alarmCap = 4 << 10

	// untoldCap bounds the open alarms of which is remembered how much was held
	// back of each: as many as policy keeps open.
	untoldCap = 1 << 10

	// keepQueueCap and notifyQueueCap bound what waits for one sink, in records, and
	// the others in bytes: a touch has 0.4 KiB and an alarm 0.8 and more. A sink that
	// stands still for a second of 10,000 touches loses nothing. Sinks share what
	// they hold, so that it is 6 MiB for all of one kind when they lag alike.
	keepQueueCap     = 32 << 10
	keepQueueBytes   = 6 << 20
	notifyQueueCap   = 1 << 10
	notifyQueueBytes = 1 << 20

	// idSize is what the identifier of a record and the hash of its flow take.
	idSize = 64

	// batchCap bounds one call of Sink.Emit, so that a slow sink is seen to
	// fail within one batch.
	batchCap = 1 << 10

	// sourceSets × sourceWays entries of ~64 bytes: 2 MiB, sized at start.
	sourceSets = 4 << 10
	sourceWays = 8

	// listedRanges is how many ranges of ports an alarm lists.
	listedRanges = 64

	// healthCap bounds the sensor's statements about itself that wait for the
	// pipeline's goroutine. They are told at most once per output and
	// reportEvery, so the queue is never short in practice.
	healthCap = 64

	// hurriedPace is between two calls of a sink that has a pace, when something is
	// urgent or half of its queue is full: two mails a minute are read, sixty are not.
	hurriedPace = 30 * time.Second

	// retryAfter is how long a sink that failed is left alone; with back-off, the
	// first time.
	retryAfter = time.Second

	// refillCap bounds the records that are read back from the store at once: of 4 KiB,
	// as alarms have at most but for rare ones, they are as much as notifyQueueBytes.
	refillCap = 256

	// findAgain is how soon a record that the store has not committed yet is looked
	// for again, and findPatience for how long: a store commits within a second
	// unless its disk fails.
	findAgain    = 100 * time.Millisecond
	findPatience = time.Minute

	// asideAfter is how often a peer must not take one record and take another right
	// after, before the one is set aside: with back-off that is 15 s, in which a peer
	// that is only flapping takes it. asideSoon is enough within pickyFor of the last
	// one: a stranger can make a record that is refused as fast as he sends datagrams.
	// Right after is within proofFor.
	asideAfter = 5
	asideSoon  = 3
	pickyFor   = 10 * time.Minute
	proofFor   = 30 * time.Second

	// othersTried is how many others are offered to a peer that may refuse everything:
	// more would be a burden to it. Of one that was picky a moment ago othersAgain is:
	// they are likely as bad, and a statement is sure.
	othersTried = 4
	othersAgain = 1

	// While a peer is held to be picky a call may take briefTimes what calls took
	// lately, and briefTry at least: a record at which it hangs costs the others a
	// second. One of the tries of each record has the full time, for what is taken
	// slowly is taken.
	briefTry   = time.Second
	briefTimes = 4

	// restTimes is how much longer than a try of a doubtful record the pause after it
	// is: they have a tenth of the time; and half of it when
	// nothing else came for idleFrom.
	restTimes = 9
	restIdle  = 1
	idleFrom  = time.Minute

	// parkedCap bounds the doubtful records of an output: with alarms of 4 KiB they are
	// 256 KiB, and who makes more makes the oldest be set aside early. aheadCap bounds
	// what is noted of those that were taken before them: 8 bytes each in memory and 32
	// in the list of what is owed, 2.5 MiB.
	parkedCap = 64
	aheadCap  = 64 << 10

	// vainFor and vainMost are how long and how often a peer may take nothing at all
	// until it is no longer held to be picky, but to be away or shut.
	vainFor  = 20 * time.Second
	vainMost = 64

	// asidePerPass is how many records a peer that is known for it may refuse, three
	// times each, until it is seen again to take another: what a failure of it costs
	// that begins in the midst of an attack. speakAgain is from one statement that is
	// made for that to the next.
	asidePerPass = 16
	speakAgain   = 10 * time.Second

	// lateAfter is how long a record may wait, beyond what its output is told to, until
	// status says that the output is not well.
	lateAfter = time.Minute

	// wellFor is how long a sink must not fail until that is told, if it has failed
	// again soon after before: one that fails and works in turn would fill the budget of
	// what the sensor says of itself.
	wellFor = time.Minute

	// stallAfter is how much longer than its deadline a call may take until status says
	// that the sink fails.
	stallAfter = 5 * time.Second

	// closePatience is how long the end waits for outputs. A service manager kills
	// after 90 s by default, and the store must have closed by then.
	closePatience = 10 * time.Second

	// defaultDeadline bounds one call of a sink that waits for somebody else.
	defaultDeadline = 10 * time.Second

	// lastGrace is how long such sinks have at the end, all calls together: a
	// dead peer must not hold up a restart.
	lastGrace = 3 * time.Second

	// reportEvery is how often counts of held-back and lost records are told.
	reportEvery = time.Minute
)

// rate is a token bucket: a burst, then a steady flow.
type rate struct {
	burst     float64
	perSecond float64
}

// A record sink keeps everything but a flood: these bounds, on touches, protect
// the disk; alarms are few by their nature. One source may touch 10,000 traps at
// once, and then 10 a second (3.5 GiB would take it three weeks). Sources whose
// address is not proven share one budget, because they may all be one liar.
var keepLimits = limits{
	perSource: rate{burst: 10_000, perSecond: 10},
	class: [classes]rate{
		unproven: {burst: 20_000, perSecond: 200},
		onLink:   {burst: 20_000, perSecond: 200},
		proven:   {burst: 2_000_000, perSecond: 20_000},
	},
}

// A sink that notifies has a person at its end, who reads a few lines: at most
// 200 of them in any minute, whatever happens. These are, in a minute that begins
// with all budgets full,
//
//	unproven  20 + 60 × 0.3 =  38
//	on link   14 + 60 × 0.3 =  32
//	proven    24 + 60 × 0.6 =  60
//	urgent    22 + 60 × 0.5 =  52
//	health     8 + 60 × 0.1 =  14
//	reports of what was held back, every reportEvery and two at the end: 4
//
// which is 200. A source alone has a first look and then three lines a minute.
var notifyLimits = limits{
	perSource: rate{burst: 20, perSecond: 0.05},
	class: [classes]rate{
		unproven: {burst: 20, perSecond: 0.3},
		onLink:   {burst: 14, perSecond: 0.3},
		proven:   {burst: 24, perSecond: 0.6},
		urgent:   {burst: 22, perSecond: 0.5},
	},
}

// healthRate is for what a sensor says of itself, to sinks that notify.
var healthRate = rate{burst: 8, perSecond: 0.1}
