package decode

// Reason says how decoding ended. The zero value is Decoded.
type Reason uint8

// How decoding can end.
const (
	Decoded Reason = iota

	IgnoredLink      // a link type that is not understood
	IgnoredEtherType // neither ARP nor IP
	IgnoredARP       // ARP for something other than IPv4 over Ethernet
	IgnoredFamily    // a loopback frame of another family

	MalformedLink      // too short for its link header
	MalformedARP       // too short, or lengths that contradict each other
	MalformedIPv4      // version, header length or total length impossible
	MalformedIPv6      // version or payload length impossible
	MalformedExtension // an IPv6 extension header runs past its packet
	MalformedTCP       // too short, or an impossible data offset
	MalformedUDP       // too short, or an impossible length
	MalformedSCTP      // too short
	MalformedICMP      // too short
	MalformedTunnel    // too short, or an impossible tunnel header
	TooManyHeaders     // more headers than anyone has a use for
	reasonCount
)

var reasonNames = [reasonCount]string{
	Decoded:            "decoded",
	IgnoredLink:        "ignored-link",
	IgnoredEtherType:   "ignored-ethertype",
	IgnoredARP:         "ignored-arp",
	IgnoredFamily:      "ignored-family",
	MalformedLink:      "malformed-link",
	MalformedARP:       "malformed-arp",
	MalformedIPv4:      "malformed-ipv4",
	MalformedIPv6:      "malformed-ipv6",
	MalformedExtension: "malformed-extension",
	MalformedTCP:       "malformed-tcp",
	MalformedUDP:       "malformed-udp",
	MalformedSCTP:      "malformed-sctp",
	MalformedICMP:      "malformed-icmp",
	MalformedTunnel:    "malformed-tunnel",
	TooManyHeaders:     "malformed-headers",
}

// String returns the name used in summaries.
func (r Reason) String() string {
	if r < reasonCount {
		return reasonNames[r]
	}
	return "unknown"
}

// Malformed tells a packet that breaks its specification from one that is
// merely of no interest.
func (r Reason) Malformed() bool { return r >= MalformedLink && r < reasonCount }

// Tally counts packets by how their decoding ended. Its sum is the number of
// packets offered.
type Tally [reasonCount]uint64
