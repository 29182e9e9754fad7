package inbox

import "time"

// Our own choices. Any local user may write to the socket.
const (
	// maxDatagram is far above what klaxon sends, whose fields are capped.
	maxDatagram = 8 << 10

	// A user who is not believed gets this many touches at once, and then one
	// a second; all such users share the budget, because a user can make
	// others (user namespaces) and the table of them would grow.
	relayedBurst     = 50
	relayedPerSecond = 1

	// lateMost is how long ago a touch may have been that is handed over now: klaxon
	// sends it after an ident query, or after a minute of datagrams, and never waits.
	// What says otherwise, of yesterday or of tomorrow, counts as now: records are
	// kept, listed and forgotten by their time.
	lateMost = 10 * time.Minute
)
