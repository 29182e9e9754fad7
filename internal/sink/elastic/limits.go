package elastic

// Our own choices.
const (
	// maxBody bounds one request. A cluster takes 100 MB, but nginx before it no more
	// than 1 MiB where nobody said otherwise. What takes still less is learned, down to
	// minBody.
	maxBody = 800 << 10
	minBody = 16 << 10
)
