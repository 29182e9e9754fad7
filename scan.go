package klaxon

import (
	"net/netip"
	"time"
)

// Technique is how each probe of a scan is made.
type Technique string

// The techniques. Ack includes Window scans, which look the same; Flags is any
// other combination, unsolicited SYN+ACK and lone RST scans included.
const (
	Connect       Technique = "connect"
	Syn           Technique = "syn"
	Fin           Technique = "fin"
	Null          Technique = "null"
	Xmas          Technique = "xmas"
	Maimon        Technique = "maimon"
	Ack           Technique = "ack"
	Flags         Technique = "flags"
	Udp           Technique = "udp"
	SctpInit      Technique = "sctp-init"
	SctpCookie    Technique = "sctp-cookie"
	IPProtocol    Technique = "ip-protocol"
	IcmpEcho      Technique = "icmp-echo"
	IcmpTimestamp Technique = "icmp-timestamp"
	IcmpMask      Technique = "icmp-mask"
	Arp           Technique = "arp"
	Nd            Technique = "nd"
	OSProbe       Technique = "os-probe"
	Version       Technique = "version"
)

// Shape is how the probes of a scan are spread. Technique and Shape are two
// axes and are never multiplied into a list of products.
type Shape string

// The shapes. Flood is what is not a scan but must be told.
const (
	ShapeTouch    Shape = "touch"
	ShapeVertical Shape = "vertical"
	ShapeSweep    Shape = "sweep"
	ShapeBlock    Shape = "block"
	ShapeFlood    Shape = "flood"
)

// Confidence is how sure a verdict is. The zero value is Suspect.
type Confidence uint8

// The confidences, weakest first. Suspect is not reported by default; Proven
// is Established with proof ProofHandshake or better.
const (
	Suspect Confidence = iota
	Established
	Proven
)

var confidenceNames = [...]string{"suspect", "established", "proven"}

// String returns the name used in every output.
func (c Confidence) String() string {
	if int(c) < len(confidenceNames) {
		return confidenceNames[c]
	}
	return "suspect"
}

// Tool is the program a scan was made with, as its packets tell.
type Tool struct {
	Name   string  // "" when none was recognised
	Chance float64 // that packets of no tool look so by accident
}

// Port is a transport and a port number.
type Port struct {
	Transport Transport
	Number    uint16
}

// PortRange is an inclusive range of ports, or of IP protocol numbers.
type PortRange struct{ First, Last uint16 }

// Targets says what was probed. Its lists are capped; Hosts and Services are
// not.
type Targets struct {
	Hosts     int          // distinct addresses; beyond 1,024 an estimate (within 7 %)
	Services  int          // distinct (transport, port) pairs, protocols and ICMP types
	Dst       []netip.Addr // the first 32
	TCP       []PortRange  // ascending, at most 64
	UDP       []PortRange  // likewise
	SCTP      []PortRange  // likewise
	Protocols []PortRange  // likewise; numbers of IP protocols
	Open      []Port       // those that answered, the first 32
	More      bool         // a list above is not complete
}

// Scan is what was judged to be one activity, with all that is known of it.
// It is plain data; the lists belong to whoever holds it.
type Scan struct {
	First, Last time.Time // of its probes
	Zone        Zone
	Interface   string // "" when there was more than one, or none is known

	Source       Endpoint     // Addr is invalid for decoy, distributed and flood alarms
	Sources      []netip.Addr // when there are several: the first 256
	SourcesTotal int          // how many there are; 0 when there is one

	Techniques []Technique // in the order they were first seen
	Shape      Shape
	Marks      []Mark
	Tool       Tool
	Proof      Proof
	Confidence Confidence
	Severity   int    // 1 to 5
	Why        string // one sentence, without a full stop
	Targets    Targets
	Probes     uint64 // observations that count as evidence
	Wanted     uint64 // a bit for each list of services of which one was probed; see pipeline.Filter
}
