package sink

import "time"

// Our own choices.
const (
	// writeWithin is how long a pipe may take no byte: two tries must fit in what the
	// end of klaxond waits for its outputs.
	writeWithin = 4 * time.Second

	// openWithin is how long a reload waits for a disk to open a file, and the end for
	// one to close it: a service manager that gets no sign of life kills after 10 s.
	openWithin = 2 * time.Second
)
