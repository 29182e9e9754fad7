package outbound

import "time"

// Our own choices. A peer can make an output fail, and nothing else grow.
const (
	// maxReply bounds what is read of an answer; the largest that is needed is
	// one of Elasticsearch about 500 documents, of which only states are asked
	// for: 500 × ~200 bytes.
	maxReply = 256 << 10

	// maxHeader bounds the head of an answer.
	maxHeader = 16 << 10

	// maxChatter bounds what a peer may say that has nothing to say, and maxPause how
	// seldom it is looked whether it has what it was sent.
	maxChatter = 64 << 10
	maxPause   = 20 * time.Millisecond

	// idle is how long a connection is kept for the next call.
	idle = 90 * time.Second
)
