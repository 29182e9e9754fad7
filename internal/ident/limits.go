package ident

import "time"

// From RFC 1413.
const (
	// wellKnownPort is where a daemon listens (section 2).
	wellKnownPort = 113

	// claimMax octets of a user id must be accepted; a server puts what
	// matters into them (section 6, note 3).
	claimMax = 512

	// replyMax bytes without an end of line are reason to give up (section 6,
	// note 2).
	replyMax = 1000
)

// defaultTimeout is ours: a daemon on the same continent answers in a tenth of
// it, and a touch is told only when it has passed.
const defaultTimeout = 3 * time.Second
