package inbox

// Our own choices. Any local user may write to the socket.
const (
	// maxDatagram is far above what klaxon sends, whose fields are capped.
	maxDatagram = 8 << 10

	// A user who is not believed gets this many touches at once, and then one
	// a second; all such users share the budget, because a user can make
	// others (user namespaces) and the table of them would grow.
	relayedBurst     = 50
	relayedPerSecond = 1
)
