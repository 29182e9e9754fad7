package elastic

// Our own choices.
const (
	// maxBody bounds one request; servers take 100 MB by default, and are best at
	// some megabytes.
	maxBody = 4 << 20
)
