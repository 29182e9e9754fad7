package secret

// Our own choices.
const (
	// maxLength is more than any token or key of a service has.
	maxLength = 8 << 10
	// run is how many bytes in a row of a secret are one too many to show: a peer
	// may quote the end of a token alone, or break it up.
	run = 8
	// shortest is the length from which a secret is looked for: a password of three
	// letters is in too many words.
	shortest = 4
	// rounds is how often escapes are undone: a log of a proxy's error page about a URL
	// has three.
	rounds = 3
	// longest bounds what is looked through, some 10 ms of it, and shown: who asks shows
	// a line.
	longest = 16 << 10
	// longestEntity is more than HTML has.
	longestEntity = 40
)
