package enrich

import "time"

// Our own choices. A query is something a stranger makes us send, so its rate
// is capped, whoever asks for it.
const (
	// inFlight bounds open queries, and with them the connections kept open
	// and the goroutines.
	inFlight = 64

	// perSecond and burst bound the queries started, over all sources.
	perSecond = 10
	burst     = 20

	// identAgain is how long a source is not asked again: an ident daemon
	// would say the same, and a scan of many traps must not become many
	// connections back.
	identAgain = 10 * time.Minute

	// nameKept is how long a name, or the lack of one, is believed.
	nameKept = 10 * time.Minute

	// memoryCap bounds the sources remembered (~120 bytes each, 0.5 MiB). When
	// it is full of fresh entries no further source is asked: the oldest are
	// the ones most likely still at work, so none of them is evicted.
	memoryCap = 4096

	// sweepEvery bounds how often a full memory is searched for stale entries,
	// which takes longer than a touch should.
	sweepEvery = time.Second
)
