package decode

// Our own choices.
const (
	// maxHeaders bounds the headers walked in one packet, extension headers,
	// VLAN tags and tunnels together. RFC 8504 section 5.3 lets a host do the
	// same for extension headers; real packets have fewer than eight.
	maxHeaders = 16

	// maxTCPOptions bounds the options remembered of a segment. The 40 bytes
	// of options hold more only when they are padding.
	maxTCPOptions = 12
)
