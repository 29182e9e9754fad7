package decode

// portVXLAN is where VXLAN is expected (RFC 7348 section 5).
const portVXLAN = 4789

func (d Decoder) udp(c *cursor, p *Packet, left int) Reason {
	p.SrcPort, p.DstPort = c.u16(), c.u16()
	length := int(c.u16())
	c.skip(2) // checksum, see ipv4
	if c.short {
		return shortTransport(p, MalformedUDP, left, 8)
	}
	if length == 0 {
		length = left // a jumbogram (RFC 2675), or segmentation offload
	}
	if length < 8 || length > left && !p.MF {
		return MalformedUDP
	}
	p.Kind = KindUDP
	p.DataLen = clamp16(length - 8)
	if p.DstPort == portVXLAN && d.opens(p) {
		return d.vxlan(c, p)
	}
	return Decoded
}
