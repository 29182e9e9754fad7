package decode

import "math/bits"

// Address families as the systems number them in loopback frames.
const (
	familyInet         = 2
	familyInet6BSD     = 24 // NetBSD, OpenBSD
	familyInet6FreeBSD = 28
	familyInet6Darwin  = 30
)

// null reads a loopback frame whose family stands in the byte order of the
// machine that captured it: the small number tells which.
func (d Decoder) null(c *cursor, p *Packet) Reason {
	family := c.u32()
	if family > 0xffff {
		family = bits.ReverseBytes32(family)
	}
	return d.family(c, p, family)
}

func (d Decoder) loop(c *cursor, p *Packet) Reason { return d.family(c, p, c.u32()) }

func (d Decoder) family(c *cursor, p *Packet, family uint32) Reason {
	if c.short {
		return MalformedLink
	}
	switch family {
	case familyInet:
		return d.ipv4(c, p)
	case familyInet6BSD, familyInet6FreeBSD, familyInet6Darwin:
		return d.ipv6(c, p)
	}
	return IgnoredFamily
}

// rawIP reads a packet without link header: its version nibble tells what it is.
func (d Decoder) rawIP(c *cursor, p *Packet) Reason {
	if c.len() == 0 {
		return MalformedLink
	}
	switch c.b[0] >> 4 {
	case 4:
		return d.ipv4(c, p)
	case 6:
		return d.ipv6(c, p)
	}
	return MalformedLink
}
