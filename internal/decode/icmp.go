package decode

// ICMP types (RFC 792, RFC 950).
const (
	ICMPEchoReply      = 0
	ICMPUnreachable    = 3
	ICMPEcho           = 8
	ICMPTimeExceeded   = 11
	ICMPParameter      = 12
	ICMPTimestamp      = 13
	ICMPTimestampReply = 14
	ICMPMask           = 17
	ICMPMaskReply      = 18
)

func icmp(c *cursor, p *Packet, left int) Reason {
	p.ICMPType, p.ICMPCode = c.u8(), c.u8()
	c.skip(2) // checksum
	p.ICMPID, p.ICMPSeq = c.u16(), c.u16()
	if c.short {
		return shortTransport(p, MalformedICMP, left, 8)
	}
	p.Kind = KindICMP
	p.DataLen = clamp16(left - 8)
	switch p.ICMPType {
	case ICMPUnreachable, ICMPTimeExceeded, ICMPParameter:
		p.Quoted.ipv4(c)
	}
	return Decoded
}

// ipv4 reads the packet that an ICMP error quotes: at least its header and 8
// bytes (RFC 792). Less, or nonsense, leaves Valid false.
func (q *Quote) ipv4(c *cursor) {
	version := c.u8()
	headerLen := int(version&15) * 4
	c.skip(5)
	fragment := c.u16() & 0x1fff
	c.skip(1)
	q.Proto = c.u8()
	c.skip(2)
	c.bytes(q.Src[:4])
	c.bytes(q.Dst[:4])
	c.skip(headerLen - 20)
	if c.short || version>>4 != 4 || headerLen < 20 || fragment != 0 {
		return
	}
	q.ports(c)
}

func (q *Quote) ports(c *cursor) {
	switch q.Proto {
	case protoTCP, protoUDP, protoSCTP:
		q.SrcPort, q.DstPort = c.u16(), c.u16()
	}
	q.Valid = !c.short
}
