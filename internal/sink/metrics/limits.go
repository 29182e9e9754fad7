package metrics

import "time"

// Our own choices: what a stranger may take who reaches the listener.
const (
	//
	// Who comes first does not keep out who comes later: see gate. So maxConns is what
	// all may hold, at ~20 KiB each, and maxConnsEach what one source may, which is many
	// enough that who asks at once is not pushed out before he was read.
	maxConns     = 128
	maxConnsEach = 32

	maxHeader  = 8 << 10
	headWithin = 2 * time.Second
	readWithin = 5 * time.Second
	// writeWithin bounds a whole answer, which a slow reader holds a connection
	// with.
	writeWithin = 10 * time.Second
)
