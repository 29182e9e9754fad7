package webhook

// Our own choices.
const (
	// maxTemplate and maxBody bound what a template may be and make: a body of
	// one alarm with all its lists takes 16 KiB.
	maxTemplate = 64 << 10
	maxBody     = 256 << 10

	// summaryCap bounds the one sentence about a record.
	summaryCap = 1500
)
