package wire

import "time"

// Our own choices.
const (
	// batchSize packets are handed over at once, so that a channel costs each of
	// them next to nothing. Of the batches one is being filled, one worked on
	// and one waits: 256 × ~250 bytes × 3 stay in a second-level cache.
	batchSize = 256
	batches   = 3

	// headMax bytes of a frame are handed over as evidence.
	headMax = 256

	// marksMax bounds what a batch holds beside packets. A file may hold
	// nothing but statistics.
	marksMax = 16

	// observedMax is how far an observer is ahead of the alarms: a picture
	// remembers 64 packets of a source without one.
	observedMax = 32

	// tickEvery is how long live packets may wait for a batch to fill, and how
	// often the detector hears of the time when nothing comes.
	tickEvery = 100 * time.Millisecond

	// pollEvery is how often the kernel is asked for packets it had no room for.
	pollEvery = time.Second

	// lossFades is how long a loss of everything weighs on silence: longer than
	// the 4 s after which the tracker takes it for silence.
	lossFades = 10 * time.Second

	// outletCap bounds the records waiting for one output. An alarm makes at
	// most 12, so it holds those of hundreds of scans that are told at once.
	outletCap = 4096

	// outletBatch bounds one call of Sink.Emit.
	outletBatch = 256

	// touchesMax bounds the touches waiting to be merged with the packets. They
	// are shared with the records, ~0.7 KiB each where those let go of them: 11 MiB.
	touchesMax = 16 << 10

	// touchWaits is how long a touch waits for the packets' time to come up: a
	// ring is behind by 40 ms, and ten times more when it is not well.
	touchWaits = time.Second

	// lateEvery is how many packets go by until it is looked for touches that
	// waited too long: asking the clock for each costs more than decoding it.
	lateEvery = 64

	// stepMin is the step of the wall's clock that is no drift.
	stepMin = 2 * time.Second

	// requestsMax bounds the questions waiting for the detector.
	requestsMax = 16

	// gatewaysMax and sensorMax bound what a comment may say.
	gatewaysMax = 16
	sensorMax   = 128

	// chunkSize is what is read ahead of a pipe at once.
	chunkSize = 64 << 10
)
