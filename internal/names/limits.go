package names

import "time"

// Our own choices.
const (
	// timeout is for all questions of one look-up together.
	timeout = 2 * time.Second

	// namesMax PTR records are tried: a machine with more names than this has
	// none that tells anything.
	namesMax = 4

	// addrsMax addresses of one name are compared.
	addrsMax = 16

	// streamMax bytes of an answer over TCP are read: over 100 names, or 250
	// addresses.
	streamMax = 4096
)

// From RFC 1035, section 2.3.4. A name of 255 octets on the wire has 253
// characters in text: the first length and the root are not written.
const (
	labelMax    = 63
	hostnameMax = 253
)
