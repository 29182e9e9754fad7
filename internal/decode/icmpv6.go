package decode

// ICMPv6 types (RFC 4443, RFC 4861).
const (
	ICMPv6Unreachable   = 1
	ICMPv6TooBig        = 2
	ICMPv6TimeExceeded  = 3
	ICMPv6Parameter     = 4
	ICMPv6Echo          = 128
	ICMPv6EchoReply     = 129
	ICMPv6RouterSolicit = 133
	ICMPv6RouterAdvert  = 134
	ICMPv6Solicit       = 135
	ICMPv6Advert        = 136
)

func icmpv6(c *cursor, p *Packet, left int) Reason {
	p.ICMPType, p.ICMPCode = c.u8(), c.u8()
	c.skip(2) // checksum
	p.ICMPID, p.ICMPSeq = c.u16(), c.u16()
	if c.short {
		return shortTransport(p, MalformedICMP, left, 8)
	}
	p.Kind = KindICMPv6
	p.DataLen = clamp16(left - 8)
	switch p.ICMPType {
	case ICMPv6Unreachable, ICMPv6TooBig, ICMPv6TimeExceeded, ICMPv6Parameter:
		p.Quoted.ipv6(c)
	case ICMPv6Solicit, ICMPv6Advert:
		c.bytes(p.NDTarget[:])
		if c.short {
			return shortTransport(p, MalformedICMP, left, 24)
		}
	}
	return Decoded
}

// ipv6 reads the packet that an ICMPv6 error quotes, through its extension
// headers.
func (q *Quote) ipv6(c *cursor) {
	first := c.u32()
	c.skip(2)
	q.Proto = c.u8()
	c.skip(1)
	c.bytes(q.Src[:])
	c.bytes(q.Dst[:])
	if c.short || first>>28 != 6 {
		return
	}
	for range maxHeaders {
		switch q.Proto {
		case extHopByHop, extRouting, extDestination, extMobility, extHIP, extShim6:
			q.Proto = c.u8()
			c.skip(int(c.u8())*8 + 6)
		case extFragment:
			q.Proto = c.u8()
			c.skip(1)
			if c.u16()&^7 != 0 { // a later fragment has no ports
				return
			}
			c.skip(4)
		default:
			q.ports(c)
			return
		}
		if c.short {
			return
		}
	}
}
