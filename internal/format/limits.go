package format

// Caps are in bytes of the source; each can become five of a line, since the
// backslash of "\xHH" is doubled. What was cut ends in "~".

// Values of a specification.
const (
	// nameCap is the longest host name as text (RFC 1035 section 2.3.4).
	nameCap = 253

	// countCap is the largest number of an OCSF integer and of a CEF Integer,
	// both of 32 bits.
	countCap = 1<<31 - 1
)

// Our own choices. With them, and every byte escaped, the longest line is some
// 20 KB, of ECS; an ordinary one has 1 to 2 KB.
const (
	// wordCap is for what the project itself writes; it is never reached, but a
	// record handed over by another process need not be honest.
	wordCap = 64

	// claimCap is what the frozen line has of a claim.
	claimCap = 128

	// sampleCap keeps a payload below the 256 bytes that Elasticsearch indexes
	// of a dynamically mapped keyword; the JSON format has all of it.
	sampleCap = 256

	// whyCap and detailCap hold any sentence of ours.
	whyCap    = 512
	detailCap = 1024

	// addrsCap bounds the addresses of one record. The JSON format has more of
	// them, and their true number stands beside them.
	addrsCap = 32

	// rangesCap bounds the ranges of ports of one transport.
	rangesCap = 64
)
