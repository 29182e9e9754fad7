package elastic

import "time"

// Our own choices.
const (
	// patience bounds a call of Emit; the pipeline calls Deliver with a deadline
	// of its own.
	patience = 10 * time.Second

	// maxBody bounds one request; servers take 100 MB by default, and are best at
	// some megabytes.
	maxBody = 4 << 20
)
