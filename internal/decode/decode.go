// Package decode turns the bytes of one captured packet into header fields. It
// allocates nothing, reads every byte through a length-checked cursor, and
// walks a bounded number of headers, because every byte is written by an
// attacker.
//
// A packet ends in one of three ways, which are counted apart: Decoded,
// Ignored (well-formed, but nothing a detector of scans looks at) or Malformed,
// the last two with a Reason. One file per protocol.
package decode

import (
	"net/netip"
	"slices"
)

// Link is the type of the frames, as in the capture file formats.
type Link uint16

// The link types that are understood (values: tcpdump.org/linktypes.html).
const (
	LinkNull     Link = 0   // BSD loopback, address family in host order
	LinkEthernet Link = 1   // IEEE 802.3
	LinkRawBSD   Link = 12  // raw IP, as some BSDs number it
	LinkRawOpen  Link = 14  // raw IP, as OpenBSD numbers it
	LinkRaw      Link = 101 // raw IP
	LinkLoop     Link = 108 // OpenBSD loopback, family in network order
	LinkSLL      Link = 113 // Linux cooked, v1
	LinkIPv4     Link = 228 // raw IPv4
	LinkIPv6     Link = 229 // raw IPv6
	LinkSLL2     Link = 276 // Linux cooked, v2
)

// Kind says which group of Packet's fields is valid.
type Kind uint8

// The kinds. Every kind but KindARP has the IP fields.
const (
	KindNone     Kind = iota
	KindARP           // ARP fields
	KindTCP           // TCP fields
	KindUDP           // SrcPort, DstPort
	KindSCTP          // SrcPort, DstPort, SCTPTag, SCTPChunk
	KindICMP          // ICMP fields
	KindICMPv6        // ICMP fields
	KindIP            // another protocol: Proto alone
	KindFragment      // a later fragment: Proto, FragOffset, ID; of TCP at offset 8 also Ack, Flags, Window
)

// Packet holds what was read of one packet. Decode overwrites all of it. It
// holds no pointer and no reference to the packet's bytes.
type Packet struct {
	Kind      Kind
	Proto     uint8 // IP protocol of the innermost header that was read
	V6        bool  // the addresses are IPv6; else the first 4 bytes of each are valid
	Inbound   bool  // it came to this host from outside, as far as is known; not of Decode, which clears it
	Truncated bool  // the capture cut the packet short; what was cut is zero

	SrcMAC, DstMAC [6]byte // zero on links without them; on Linux cooked links DstMAC tells broadcast and multicast alone
	VLAN           uint16  // innermost 802.1Q id of the outer frame, 0 for none
	Tunnel         Tunnel  // the mirror or overlay the packet came in, if any

	Src, Dst   [16]byte // IPv4: in the first 4 bytes; ARP: the sender and the target
	TTL        uint8    // hop limit
	TOS        uint8    // traffic class
	DF, MF     bool     // IPv4 flags; MF also from the IPv6 fragment header
	Fragmented bool     // MF or FragOffset > 0
	FragOffset uint16   // in bytes
	ID         uint32   // IPv4 identification, or that of the IPv6 fragment header
	DataLen    uint16   // bytes behind the transport header, as the headers say (not as captured)

	SrcPort, DstPort uint16 // TCP, UDP, SCTP

	Seq, Ack uint32  // KindTCP
	Flags    Flags   // KindTCP
	Window   uint16  // KindTCP, not scaled
	Urgent   uint16  // KindTCP
	Options  Options // KindTCP
	Partial  bool    // KindTCP: a first fragment that ends before the flags

	ICMPType, ICMPCode uint8  // KindICMP, KindICMPv6
	ICMPID, ICMPSeq    uint16 // echo, timestamp and mask messages
	Quoted             Quote  // ICMP errors: the packet that caused them

	ARPOp      uint16   // KindARP: 1 request, 2 reply
	ARPSender  [6]byte  // KindARP: the sender's hardware address
	NDTarget   [16]byte // KindICMPv6, neighbour solicitation and advertisement
	SCTPTag    uint32   // KindSCTP: verification tag
	SCTPChunk  uint8    // KindSCTP: type of the first chunk
	HeaderWalk uint8    // headers walked, for tests
}

// Quote is the head of a packet inside an ICMP error. Valid is false when too
// little of it was quoted to tell the ports.
type Quote struct {
	Valid            bool
	Proto            uint8
	Src, Dst         [16]byte // as in Packet
	SrcPort, DstPort uint16   // 0 for protocols without ports
}

// Tunnel names what a packet was carried in.
type Tunnel uint8

// The tunnels. Only mirrors and overlays that a sensor is fed from are opened.
const (
	TunnelNone Tunnel = iota
	TunnelGRE
	TunnelERSPAN
	TunnelVXLAN
)

// Decoder decodes packets. Its zero value opens no tunnels. It is plain
// configuration and may be shared.
type Decoder struct {
	// Mirrors opens GRE, ERSPAN and VXLAN. It is off for ordinary interfaces,
	// where a stranger could hide another packet in one of them.
	Mirrors bool

	// From are those who may send them; nil for everybody. Whoever reaches this host
	// with a datagram can make up any conversation inside of one.
	From []netip.Prefix
}

// Decode reads one frame of the given link type into p. length is the size of
// the frame on the wire, at least len(frame).
func (d Decoder) Decode(link Link, frame []byte, length int, p *Packet) Reason {
	*p = Packet{Truncated: length > len(frame)}
	c := cursor{b: frame}
	switch link {
	case LinkEthernet:
		return d.ethernet(&c, p)
	case LinkSLL:
		return d.sll(&c, p)
	case LinkSLL2:
		return d.sll2(&c, p)
	case LinkNull:
		return d.null(&c, p)
	case LinkLoop:
		return d.loop(&c, p)
	case LinkRaw, LinkRawBSD, LinkRawOpen, LinkIPv4, LinkIPv6:
		return d.rawIP(&c, p)
	}
	return IgnoredLink
}

// opens tells whether a tunnel is to be opened, of the packet that carries it.
func (d Decoder) opens(p *Packet) bool {
	if !d.Mirrors || p.Fragmented || len(d.From) == 0 {
		return d.Mirrors && !p.Fragmented
	}
	from := netip.AddrFrom16(p.Src)
	if !p.V6 {
		from = netip.AddrFrom4([4]byte(p.Src[:4]))
	}
	return slices.ContainsFunc(d.From, func(n netip.Prefix) bool { return n.Contains(from) })
}

// walk counts a header, and says whether another may be read.
func (p *Packet) walk() bool {
	p.HeaderWalk++
	return p.HeaderWalk <= maxHeaders
}
