package listen

import "time"

// Our own choices; no specification names these values.
const (
	// defaultBacklog is the kernel's own default for net.core.somaxconn: at
	// 20,000 connections a second to one trap it rides out 0.2 s.
	defaultBacklog = 4096

	// descriptorsKept are left to the rest of the process: outputs, the store,
	// ident queries, a reload's files.
	descriptorsKept = 64

	// eventBatch ready sockets are fetched at once, 12 bytes each.
	eventBatch = 256

	// perTrapBatch touches are taken from one trap before the next has its
	// turn.
	perTrapBatch = 64

	// sampleCap bounds Payload.Sample, in bytes.
	sampleCap = 256

	// pauseFor is how long the loop rests when the system is out of what a new
	// connection needs, instead of asking in vain without end.
	pauseFor = 50 * time.Millisecond
)

const (
	// datagramCap exceeds the largest UDP payload without jumbograms: 65,507
	// bytes over IPv4 (RFC 791), 65,527 over IPv6 (RFC 8200).
	datagramCap = 64 << 10

	// controlCap holds the control messages we ask for (in_pktinfo of 12 bytes,
	// in6_pktinfo of 20, a drop count of 4) with their headers and padding.
	controlCap = 128

	// synAckRetries is TCP_SYNCNT of a listener: one repeat, so that a forged
	// source is answered twice at most.
	synAckRetries = 1
)
