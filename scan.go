package klaxon

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
