package inetd

import "time"

// Our own choices. inetd starts a trap anew for the next datagram after it
// ends, and disarms a service that starts too often, so a trap waits a little
// for the next one.
const (
	// silence ends a trap: nothing came for so long.
	silence = 2 * time.Second

	// total ends it under a steady stream, so that inetd sees it alive.
	total = 60 * time.Second

	// maxTouches bounds the lines of one process; the rest is counted.
	maxTouches = 100

	// maxDatagram is the longest UDP payload (RFC 768: 16-bit length).
	maxDatagram = 64 << 10

	// maxSample is what is kept of a payload.
	maxSample = 256
)
