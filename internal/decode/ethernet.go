package decode

// EtherTypes (IEEE 802 numbers).
const (
	etherIPv4   = 0x0800
	etherARP    = 0x0806
	etherVLAN   = 0x8100 // 802.1Q
	etherIPv6   = 0x86dd
	etherQinQ   = 0x88a8 // 802.1ad
	etherQinQ9  = 0x9100 // before 802.1ad
	etherBridge = 0x6558 // transparent Ethernet bridging, in GRE (RFC 1701)
)

func (d Decoder) ethernet(c *cursor, p *Packet) Reason {
	if !p.walk() {
		return TooManyHeaders
	}
	c.bytes(p.DstMAC[:])
	c.bytes(p.SrcMAC[:])
	etherType := c.u16()
	if c.short {
		return MalformedLink
	}
	return d.etherType(c, p, etherType)
}

// etherType reads what an EtherType announces, through any VLAN tags.
func (d Decoder) etherType(c *cursor, p *Packet, t uint16) Reason {
	for t == etherVLAN || t == etherQinQ || t == etherQinQ9 {
		if !p.walk() {
			return TooManyHeaders
		}
		p.VLAN = c.u16() & 0x0fff
		t = c.u16()
		if c.short {
			return MalformedLink
		}
	}
	switch t {
	case etherIPv4:
		return d.ipv4(c, p)
	case etherIPv6:
		return d.ipv6(c, p)
	case etherARP:
		return arp(c, p)
	}
	return IgnoredEtherType
}
