package decode

// IPv6 extension headers (IANA protocol numbers).
const (
	extHopByHop    = 0
	extRouting     = 43
	extFragment    = 44
	extAuth        = 51
	extNone        = 59
	extDestination = 60
	extMobility    = 135
	extHIP         = 139
	extShim6       = 140
)

// ipv6 reads an IPv6 header (RFC 8200), its extension headers and what it
// carries.
func (d Decoder) ipv6(c *cursor, p *Packet) Reason {
	if !p.walk() {
		return TooManyHeaders
	}
	first := c.u32()
	payload := int(c.u16())
	next := c.u8()
	p.TTL = c.u8()
	p.V6 = true
	c.bytes(p.Src[:])
	c.bytes(p.Dst[:])
	if c.short || first>>28 != 6 {
		return MalformedIPv6
	}
	p.TOS = uint8(first >> 20)
	p.ID, p.DF = 0, false
	p.fragment(false, 0)
	if payload == 0 && next != extHopByHop && next != extNone {
		payload = c.len() // segmentation offload writes 0
	}
	if payload > c.len() && !p.Truncated {
		return MalformedIPv6
	}
	if payload > 0 { // 0 with hop-by-hop: a jumbogram (RFC 2675)
		c.limit(payload)
	} else {
		payload = c.len()
	}
	return d.extensions(c, p, next, payload)
}

// extensions walks to the transport header. left is what remains of the
// payload as the headers tell it, which may be more than was captured.
func (d Decoder) extensions(c *cursor, p *Packet, next uint8, left int) Reason {
	for {
		size := 0
		switch next {
		case extHopByHop, extRouting, extDestination, extMobility, extHIP, extShim6:
			if c.len() < 2 {
				return MalformedExtension
			}
			size = (int(c.b[1]) + 1) * 8
		case extAuth:
			if c.len() < 2 {
				return MalformedExtension
			}
			size = (int(c.b[1]) + 2) * 4 // RFC 4302 section 2.2
		case extFragment:
			if c.len() < 8 {
				return MalformedExtension
			}
			size = 8
			offset := uint16(c.b[2])<<8 | uint16(c.b[3])
			p.fragment(offset&1 != 0, offset&^7)
			p.ID = uint32(c.b[4])<<24 | uint32(c.b[5])<<16 | uint32(c.b[6])<<8 | uint32(c.b[7])
		default:
			p.Proto = next
			return d.transport(c, p, left)
		}
		if !p.walk() {
			return TooManyHeaders
		}
		following := c.b[0]
		c.skip(size)
		left -= size
		if c.short || left < 0 {
			return MalformedExtension
		}
		if p.FragOffset > 0 { // what follows is the middle of something
			p.Proto = following
			return d.transport(c, p, left)
		}
		next = following
	}
}
