package render

// Caps are in source bytes; each can become up to four bytes of text, and five
// in JSON. What was cut ends in "~".

// Values of a specification.
const (
	// nameCap is the longest host name as text: 255 octets on the wire (RFC
	// 1035 section 2.3.4) less the first length octet and the root.
	nameCap = 253

	// replyCap is the longest ident reply that a client must take (RFC 1413
	// section 4). A claim is a part of it, so JSON keeps every claim whole.
	replyCap = 1000
)

// The frozen line promises these two. With a plain label, and a name of
// letters, digits, dots and hyphens, the line is then at most 977 bytes long
// though every byte of the claim is escaped: it fits, with its header, into the
// 1,024 bytes of a message of RFC 3164 section 4.1.
const (
	claimCap   = 128
	serviceCap = 64
)

// Our own choices; no specification names these values.
const (
	// interfaceCap takes the longest name of any system: 15 bytes on Linux and
	// the BSDs (IFNAMSIZ), 31 on illumos and Solaris (LIFNAMSIZ).
	interfaceCap = 32

	// usualTouch is what a touch without payload and claim takes as JSON, and some
	// more: room that is made at once is not made eight times.
	usualTouch = 512

	// sampleCap is twice what the watchers sample.
	sampleCap = 512

	// detailCap holds a path (255 bytes a component), the action and the
	// system's reason; humanDetailCap keeps a terminal line near two rows.
	detailCap      = 1024
	humanDetailCap = 160

	// wordCap is for what the project itself writes: ids, hashes and words of
	// a fixed list. It is never reached, but a record handed over by another
	// process need not be honest.
	wordCap = 64

	// marksCap exceeds the number of marks there are.
	marksCap = 16

	// whyCap holds any sentence of ours. lineWhyCap keeps a syslog line of an
	// alarm within the 1,024 bytes of RFC 3164 unless every byte is escaped.
	whyCap     = 512
	lineWhyCap = 320

	// techniquesCap exceeds the number of techniques there are.
	techniquesCap = 24

	// What a person is shown of a list before "...": about half a row.
	humanAddrsCap  = 2
	humanRangesCap = 8
)

// The lists of an alarm, as its schema promises.
const (
	sourcesCap = 256
	dstCap     = 32
	openCap    = 32
	rangesCap  = 64
)
