package decode

// Flags are the control bits of a TCP header with the reserved bits above
// them: 0x1ff is what RFC 9293 and RFC 3168 name, the rest must be zero.
type Flags uint16

// The control bits.
const (
	FIN Flags = 1 << iota
	SYN
	RST
	PSH
	ACK
	URG
	ECE
	CWR
	Reserved9 // the former NS bit (RFC 3540, historic)
	Reserved10
	Reserved11
	Reserved12
)

// Control are the six flags of RFC 793, by which scans are told apart.
const Control = FIN | SYN | RST | PSH | ACK | URG

// Option kinds (IANA TCP parameters).
const (
	optEnd       = 0
	optNop       = 1
	optMSS       = 2
	optWScale    = 3
	optSACKOK    = 4
	optTimestamp = 8
)

// Options sums up the options of a segment. The zero value is a segment
// without options.
type Options struct {
	Len      uint8 // bytes of options, padding included
	Cut      bool  // the capture, or a fragment, ends inside them
	Bad      bool  // an option's length is impossible; the rest was not read
	HasMSS   bool
	HasWS    bool
	HasTS    bool
	SACKOK   bool
	MSS      uint16 // valid iff HasMSS
	WS       uint8  // valid iff HasWS
	TSVal    uint32 // valid iff HasTS
	TSEcr    uint32 // valid iff HasTS
	Layout   uint64 // the kinds in order, 5 bits each, first in the lowest; kinds above 30 as 31
	LayoutBy uint8  // how many kinds Layout holds
}

func tcp(c *cursor, p *Packet, left int) Reason {
	p.SrcPort, p.DstPort = c.u16(), c.u16()
	if c.short {
		return shortTransport(p, MalformedTCP, left, 20)
	}
	p.Kind = KindTCP
	if p.MF && c.len() < 16 {
		p.tinyFirst(c)
		p.DataLen = clamp16(left)
		return Decoded
	}
	p.Seq, p.Ack = c.u32(), c.u32()
	offset := c.u16()
	p.Window = c.u16()
	c.skip(2) // checksum, see ipv4
	p.Urgent = c.u16()
	if c.short {
		return shortTransport(p, MalformedTCP, left, 20)
	}
	headerLen := int(offset>>12) * 4
	p.Flags = Flags(offset & 0x0fff)
	if headerLen < 20 || headerLen > left && !p.MF {
		return MalformedTCP
	}
	p.DataLen = clamp16(left - headerLen)
	p.Options.Len = uint8(headerLen - 20)
	options := *c
	options.limit(headerLen - 20)
	p.Options.Cut = options.len() < headerLen-20
	p.Options.read(&options)
	return Decoded
}

// tinyFirst reads a first fragment too small for the header (RFC 1858). When
// the flags are not in it they follow in the next fragment.
func (p *Packet) tinyFirst(c *cursor) {
	if c.len() >= 4 {
		p.Seq = c.u32()
	}
	p.Partial = c.len() < 8
	if !p.Partial {
		p.tinySecond(c)
	}
}

// tinySecond reads the second eight bytes of a header that begins elsewhere.
func (p *Packet) tinySecond(c *cursor) {
	p.Ack = c.u32()
	p.Flags = Flags(c.u16() & 0x0fff)
	p.Window = c.u16()
}

// shortTransport judges a transport header that ends too early: the capture
// may have cut it, or its sender.
func shortTransport(p *Packet, malformed Reason, left, need int) Reason {
	if p.Truncated && left >= need {
		p.Kind = KindIP
		return Decoded
	}
	return malformed
}

// read reads the options of c. Where they are cut, an option that runs over the
// end is nobody's lie.
func (o *Options) read(c *cursor) {
	for c.len() > 0 {
		kind := c.u8()
		o.note(kind)
		if kind == optEnd {
			return
		}
		if kind == optNop {
			continue
		}
		size := int(c.u8())
		lies := size < 2 && !c.short
		body := *c
		body.limit(size - 2)
		c.skip(size - 2)
		if c.short || size < 2 {
			o.Bad = lies || !o.Cut
			return
		}
		o.value(kind, size, &body)
	}
}

// note adds a kind to the layout.
func (o *Options) note(kind uint8) {
	if o.LayoutBy < maxTCPOptions {
		o.Layout |= uint64(min(kind, 31)) << (5 * o.LayoutBy)
		o.LayoutBy++
	}
}

func (o *Options) value(kind uint8, size int, body *cursor) {
	switch {
	case kind == optMSS && size == 4:
		o.HasMSS, o.MSS = true, body.u16()
	case kind == optWScale && size == 3:
		o.HasWS, o.WS = true, body.u8()
	case kind == optSACKOK && size == 2:
		o.SACKOK = true
	case kind == optTimestamp && size == 10:
		o.HasTS, o.TSVal, o.TSEcr = true, body.u32(), body.u32()
	}
}
