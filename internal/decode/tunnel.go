package decode

// Protocol types of GRE payloads beside the EtherTypes.
const (
	greERSPAN2 = 0x88be // ERSPAN type I and II (draft-foschiano-erspan)
	greERSPAN3 = 0x22eb // ERSPAN type III
)

// GRE header bits (RFC 2784, RFC 2890).
const (
	greChecksum = 0x8000
	greRouting  = 0x4000
	greKey      = 0x2000
	greSequence = 0x1000
	greVersion  = 0x0007
)

// gre opens a GRE tunnel, ERSPAN included.
func (d Decoder) gre(c *cursor, p *Packet) Reason {
	if !p.walk() {
		return TooManyHeaders
	}
	bits, protocol := c.u16(), c.u16()
	if c.short || bits&(greRouting|greVersion) != 0 {
		return MalformedTunnel
	}
	for _, bit := range [...]uint16{greChecksum, greKey, greSequence} {
		if bits&bit != 0 {
			c.skip(4)
		}
	}
	if c.short {
		return MalformedTunnel
	}
	switch protocol {
	case greERSPAN2:
		p.Tunnel = TunnelERSPAN
		if bits&greSequence != 0 { // type II has a header, type I has none
			c.skip(8)
		}
	case greERSPAN3:
		p.Tunnel = TunnelERSPAN
		c.skip(8)
		if flags := c.u32(); flags&1 != 0 { // an optional platform sub-header
			c.skip(8)
		}
	case etherBridge:
		p.Tunnel = TunnelGRE
	default:
		p.Tunnel = TunnelGRE
		return d.inner(c, p, protocol)
	}
	return d.innerFrame(c, p)
}

// vxlan opens a VXLAN tunnel (RFC 7348 section 5). What does not look like one
// stays a UDP datagram.
func (d Decoder) vxlan(c *cursor, p *Packet) Reason {
	if c.len() < 8 || c.b[0] != 0x08 {
		return Decoded
	}
	if !p.walk() {
		return TooManyHeaders
	}
	c.skip(8)
	p.Tunnel = TunnelVXLAN
	return d.innerFrame(c, p)
}

func (d Decoder) innerFrame(c *cursor, p *Packet) Reason {
	if c.short {
		return MalformedTunnel
	}
	p.forgetOuter()
	return d.ethernet(c, p)
}

func (d Decoder) inner(c *cursor, p *Packet, etherType uint16) Reason {
	p.forgetOuter()
	return d.etherType(c, p, etherType)
}

// forgetOuter clears what the outer packet left, so that the inner one alone
// is told.
func (p *Packet) forgetOuter() {
	*p = Packet{Truncated: p.Truncated, VLAN: p.VLAN, Tunnel: p.Tunnel, HeaderWalk: p.HeaderWalk}
}
