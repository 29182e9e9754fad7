package services

// From specifications.
const (
	maxPort = 65535 // RFC 9293 section 3.1, RFC 768: a port is 16 bits
)

// Our own choices.
const (
	maxHostFile = 4 << 20 // bytes of /etc/services; the longest shipped, macOS', has 0.7 MB
	maxHostName = 64      // bytes; a label of a trap has room for as many
)
