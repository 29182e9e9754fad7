package decode

// ARPHRD value of an Ethernet-like hardware address (linux/if_arp.h).
const hardwareEthernet = 1

// sll reads a Linux cooked header, version 1 (LINKTYPE_LINUX_SLL).
func (d Decoder) sll(c *cursor, p *Packet) Reason {
	c.skip(2) // packet type
	hardware := c.u16()
	length := c.u16()
	d.cookedMAC(c, p, hardware, length)
	etherType := c.u16()
	if c.short {
		return MalformedLink
	}
	return d.etherType(c, p, etherType)
}

// sll2 reads a Linux cooked header, version 2 (LINKTYPE_LINUX_SLL2).
func (d Decoder) sll2(c *cursor, p *Packet) Reason {
	etherType := c.u16()
	c.skip(2 + 4) // reserved, interface index
	hardware := c.u16()
	c.skip(1) // packet type
	length := uint16(c.u8())
	d.cookedMAC(c, p, hardware, length)
	if c.short {
		return MalformedLink
	}
	return d.etherType(c, p, etherType)
}

func (Decoder) cookedMAC(c *cursor, p *Packet, hardware, length uint16) {
	var field [8]byte
	c.bytes(field[:])
	if hardware == hardwareEthernet && length == 6 {
		copy(p.SrcMAC[:], field[:6])
	}
}
