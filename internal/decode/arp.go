package decode

// arp reads ARP for IPv4 over Ethernet (RFC 826); anything else is ignored.
func arp(c *cursor, p *Packet) Reason {
	hardware, protocol := c.u16(), c.u16()
	hardwareLen, protocolLen := c.u8(), c.u8()
	p.ARPOp = c.u16()
	if c.short {
		return MalformedARP
	}
	if hardware != hardwareEthernet || protocol != etherIPv4 {
		return IgnoredARP
	}
	if hardwareLen != 6 || protocolLen != 4 {
		return MalformedARP
	}
	c.bytes(p.ARPSender[:])
	c.bytes(p.Src[:4])
	c.skip(6)
	c.bytes(p.Dst[:4])
	if c.short {
		return MalformedARP
	}
	p.Kind = KindARP
	return Decoded
}
