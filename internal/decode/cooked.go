package decode

// ARPHRD value of an Ethernet-like hardware address (linux/if_arp.h).
const hardwareEthernet = 1

// sll reads a Linux cooked header, version 1 (LINKTYPE_LINUX_SLL).
func (d Decoder) sll(c *cursor, p *Packet) Reason {
	p.cookedTo(c.u16())
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
	p.cookedTo(uint16(c.u8()))
	length := uint16(c.u8())
	d.cookedMAC(c, p, hardware, length)
	if c.short {
		return MalformedLink
	}
	return d.etherType(c, p, etherType)
}

// cookedTo makes a target address of the packet type: a cooked header has none,
// but tells broadcast (1) and multicast (2).
func (p *Packet) cookedTo(packetType uint16) {
	switch packetType {
	case 1:
		p.DstMAC = [6]byte{255, 255, 255, 255, 255, 255}
	case 2:
		p.DstMAC = [6]byte{1}
	}
}

func (Decoder) cookedMAC(c *cursor, p *Packet, hardware, length uint16) {
	var field [8]byte
	c.bytes(field[:])
	if hardware == hardwareEthernet && length == 6 {
		copy(p.SrcMAC[:], field[:6])
	}
}
