package metrics

import "time"

// Our own choices: what a stranger may take who reaches the listener.
const (
	maxConns   = 8
	maxHeader  = 8 << 10
	readWithin = 5 * time.Second
	// writeWithin bounds a whole answer, which a slow reader holds a connection
	// with.
	writeWithin = 10 * time.Second
)
