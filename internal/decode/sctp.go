package decode

// sctp reads the common header and the type of the first chunk (RFC 9260
// section 3).
func sctp(c *cursor, p *Packet, left int) Reason {
	p.SrcPort, p.DstPort = c.u16(), c.u16()
	p.SCTPTag = c.u32()
	c.skip(4) // checksum
	p.SCTPChunk = c.u8()
	if c.short {
		return shortTransport(p, MalformedSCTP, left, 16)
	}
	p.Kind = KindSCTP
	p.DataLen = clamp16(left - 12)
	return Decoded
}
