package decode

// IP protocols (IANA).
const (
	protoICMP   = 1
	protoTCP    = 6
	protoUDP    = 17
	protoGRE    = 47
	protoICMPv6 = 58
	protoSCTP   = 132
)

// transport reads what an IP packet carries. left is the length of it as the
// IP header tells, which may be more than was captured.
func (d Decoder) transport(c *cursor, p *Packet, left int) Reason {
	if p.FragOffset > 0 {
		p.Kind = KindFragment
		p.DataLen = clamp16(left)
		if p.Proto == protoTCP && p.FragOffset == 8 && c.len() >= 8 {
			p.tinySecond(c)
		}
		return Decoded
	}
	switch p.Proto {
	case protoTCP:
		return tcp(c, p, left)
	case protoUDP:
		return d.udp(c, p, left)
	case protoSCTP:
		return sctp(c, p, left)
	case protoICMP:
		if !p.V6 {
			return icmp(c, p, left)
		}
	case protoICMPv6:
		if p.V6 {
			return icmpv6(c, p, left)
		}
	case protoGRE:
		if d.opens(p) {
			return d.gre(c, p)
		}
	}
	p.Kind = KindIP
	p.DataLen = clamp16(left)
	return Decoded
}

func clamp16(n int) uint16 { return uint16(min(max(n, 0), 0xffff)) }
