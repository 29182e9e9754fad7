package decode

// ipv4 reads an IPv4 header (RFC 791) and what it carries.
func (d Decoder) ipv4(c *cursor, p *Packet) Reason {
	if !p.walk() {
		return TooManyHeaders
	}
	packet := *c
	version := c.u8()
	headerLen := int(version&15) * 4
	p.TOS = c.u8()
	total := int(c.u16())
	p.ID = uint32(c.u16())
	flags := c.u16()
	p.TTL = c.u8()
	p.Proto = c.u8()
	c.skip(2) // checksum: offloading leaves it wrong on the sending host
	p.V6 = false
	p.Src, p.Dst = [16]byte{}, [16]byte{}
	c.bytes(p.Src[:4])
	c.bytes(p.Dst[:4])
	switch {
	case c.short, version>>4 != 4, headerLen < 20:
		return MalformedIPv4
	case total == 0:
		total = packet.len() // segmentation offload writes 0
	case total < headerLen, total > packet.len() && !p.Truncated:
		return MalformedIPv4
	}
	p.DF = flags&0x4000 != 0
	p.fragment(flags&0x2000 != 0, flags&0x1fff*8)
	packet.limit(total)
	packet.skip(headerLen)
	if packet.short {
		return MalformedIPv4
	}
	*c = packet
	return d.transport(c, p, total-headerLen)
}

func (p *Packet) fragment(more bool, offset uint16) {
	p.MF, p.FragOffset = more, offset
	p.Fragmented = more || offset > 0
}
