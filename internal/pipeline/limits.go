package pipeline

import "time"

// Our own choices; no specification names these values. What a stranger can
// grow is listed here with its arithmetic.
const (
	// intakeCap bounds the touches waiting for the pipeline's goroutine: at
	// 20,000 touches a second it rides out a stall of 0.8 s, and costs
	// 16,384 × ~0.4 KiB ≈ 6.5 MiB at most.
	intakeCap = 16 << 10

	// keepQueueCap and notifyQueueCap bound what waits for one sink. A queue
	// holds pointers into batches of touches, so a sink that stands still pins
	// at most this many of them (~0.7 KiB each with a payload sample): 23 MiB
	// for a record sink, 0.7 MiB for one that notifies.
	keepQueueCap   = 32 << 10
	notifyQueueCap = 1 << 10

	// batchCap bounds one call of Sink.Emit, so that a slow sink is seen to
	// fail within one batch.
	batchCap = 1 << 10

	// sourceSets × sourceWays entries of ~64 bytes: 2 MiB, sized at start.
	sourceSets = 4 << 10
	sourceWays = 8

	// healthCap bounds the sensor's statements about itself that wait for the
	// pipeline's goroutine. They are told at most once per output and
	// reportEvery, so the queue is never short in practice.
	healthCap = 64

	// retryAfter is how long a sink that failed is left alone.
	retryAfter = time.Second

	// reportEvery is how often counts of held-back and lost records are told.
	reportEvery = time.Minute
)

// rate is a token bucket: a burst, then a steady flow.
type rate struct {
	burst     float64
	perSecond float64
}

// A record sink keeps everything but a flood: these bounds protect the disk.
// One source may touch 10,000 traps at once, and then 10 a second (3.5 GiB
// would take it three weeks). Sources whose address is not proven share one
// budget, because they may all be one liar.
var keepLimits = limits{
	perSource: rate{burst: 10_000, perSecond: 10},
	class: [2]rate{
		unproven: {burst: 20_000, perSecond: 200},
		proven:   {burst: 2_000_000, perSecond: 20_000},
	},
}

// A sink that notifies has a person at its end, who reads a few lines: per
// source a first look and then three a minute; in all at most 60 + 30 a minute
// for each sink after the first burst.
var notifyLimits = limits{
	perSource: rate{burst: 20, perSecond: 0.05},
	class: [2]rate{
		unproven: {burst: 30, perSecond: 0.5},
		proven:   {burst: 60, perSecond: 1},
	},
}
