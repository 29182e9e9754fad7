package klaxon

import (
	"net/netip"
	"time"
)

// Transport is the protocol that carries a service. The zero value means
// "none", as for ICMP or ARP.
type Transport uint8

// The transports, with their IANA protocol numbers.
const (
	TCP  Transport = 6
	UDP  Transport = 17
	SCTP Transport = 132
)

// String returns the lower-case name used in every output, "" for none.
func (t Transport) String() string {
	switch t {
	case TCP:
		return "tcp"
	case UDP:
		return "udp"
	case SCTP:
		return "sctp"
	}
	return ""
}

// Zone says where a source stands as seen from this sensor.
type Zone string

// The zones. Inside is connected, private, ULA and configured home networks.
const (
	ZoneInside   Zone = "inside"
	ZoneOutside  Zone = "outside"
	ZoneLoopback Zone = "loopback"
)

// Proof is how well the source's address is proven. It says nothing about
// intent. The zero value is ProofNone.
type Proof uint8

// The proofs, weakest first: they may be compared with < and >.
const (
	ProofNone      Proof = iota // could be forged
	ProofOnLink                 // one MAC per address inside a connected prefix
	ProofHandshake              // the source echoed our initial sequence number
	ProofData                   // the source sent data on a proven connection
)

var proofNames = [...]string{"none", "on-link", "handshake", "data"}

// String returns the name used in every output.
func (p Proof) String() string {
	if int(p) < len(proofNames) {
		return proofNames[p]
	}
	return "none"
}

// Mark is a circumstance that an alarm or touch states beside its verdict.
type Mark string

// The marks.
const (
	MarkDecoy        Mark = "decoy"
	MarkDistributed  Mark = "distributed"
	MarkSlow         Mark = "slow"
	MarkFragmented   Mark = "fragmented"
	MarkSpoofedMaybe Mark = "spoofed-maybe"
	MarkOutbound     Mark = "outbound"
	MarkBounce       Mark = "bounce"
	MarkIdle         Mark = "idle"
	MarkSourcePort   Mark = "source-port"
	MarkContact      Mark = "contact"
	MarkLured        Mark = "lured"
	MarkExpected     Mark = "expected"
	MarkDrill        Mark = "drill"
	MarkRelayed      Mark = "relayed"
)

// Endpoint is one end of an observation.
type Endpoint struct {
	Addr netip.Addr // never IPv4-mapped; with a zone only when link-local
	Port uint16     // 0 when the protocol has none
	Name string     // valid only when a look-up mapped back to Addr; raw bytes
	MAC  [6]byte    // all zero when unknown
}

// IdentOutcome tells apart what became of an RFC 1413 query.
type IdentOutcome string

// The outcomes of an ident query.
const (
	IdentClaim    IdentOutcome = "claim"       // a user id was claimed
	IdentNoAnswer IdentOutcome = "no-answer"   // silence until the deadline, or closed without a byte
	IdentRefused  IdentOutcome = "refused"     // nobody listens on the peer's port 113, or it cannot be reached
	IdentHidden   IdentOutcome = "hidden-user" // the daemon said HIDDEN-USER
	IdentError    IdentOutcome = "error"       // any other ERROR, or a malformed or mismatched reply
)

// Ident is what a remote ident daemon said. It is a claim, never a fact.
type Ident struct {
	Outcome IdentOutcome
	Claim   []byte // raw; valid only when Outcome is IdentClaim
}

// Payload is the first thing a source sent.
type Payload struct {
	Sample    []byte   // raw, a prefix of at most a few hundred bytes
	Len       int      // length of the whole payload, in bytes
	SHA256    [32]byte // of the whole payload
	Truncated bool     // Sample is shorter than Len
	Protocol  string   // ours, e.g. "http"; "" when not recognised
}

// Touch is one connection to, or datagram for, a trap. The zero value is not
// useful. A Touch is plain data and is not safe for concurrent modification.
type Touch struct {
	ID     string    // 26 lower-case base32 characters; set by the pipeline
	Time   time.Time // when it was accepted or received
	Sensor string    // set by the pipeline
	Boot   string    // identifies one run of the sensor; set by the pipeline
	Seq    uint64    // counts a sensor's records within Boot, from 1; 0 = unset

	Zone      Zone   // set by the pipeline
	Interface string // "" when unknown
	Transport Transport
	Source    Endpoint
	Target    Endpoint
	Service   string // the label of the trap: from the operator, still rendered
	Proof     Proof
	Marks     []Mark

	Ident   *Ident   // nil when not asked
	Payload *Payload // nil when nothing was read

	CommunityID string // flow hash as published by Corelight, "" when not computed
	Logged      bool   // the frozen syslog line has been written already
}
