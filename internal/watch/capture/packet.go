package capture

// enhanced reads an Enhanced Packet Block (draft-ietf-opsawg-pcapng section
// 4.3): interface, time in two halves, captured length, length, data.
func (p *pcapng) enhanced(body []byte) (Frame, error) {
	if len(body) < 20 {
		return Frame{}, p.tooShort(body)
	}
	return p.timed(p.order.u32(body), body)
}

// packet reads an obsolete Packet Block (appendix A), which has 16 bits for the
// interface and 16 for a count of drops.
func (p *pcapng) packet(body []byte) (Frame, error) {
	if len(body) < 20 {
		return Frame{}, p.tooShort(body)
	}
	return p.timed(uint32(p.order.u16(body)), body)
}

// timed reads what both of them have behind the interface.
func (p *pcapng) timed(number uint32, body []byte) (Frame, error) {
	d, err := p.described(number)
	if err != nil {
		return Frame{}, err
	}
	count := uint64(p.order.u32(body[4:]))<<32 | uint64(p.order.u32(body[8:]))
	p.last = d.clock.time(count)
	return p.frame(d, p.order.u32(body[12:]), p.order.u32(body[16:]), body[20:])
}

// simple reads a Simple Packet Block (section 4.4). It is of the first
// interface, its captured length follows from that one's bound, and it has no
// time: the frame before lends its own.
func (p *pcapng) simple(body []byte) (Frame, error) {
	if len(body) < 4 {
		return Frame{}, p.tooShort(body)
	}
	d, err := p.described(0)
	if err != nil {
		return Frame{}, err
	}
	length := p.order.u32(body)
	captured := length
	if d.snap != 0 {
		captured = min(captured, d.snap)
	}
	return p.frame(d, captured, length, body[4:])
}

// frame makes a frame of the front of rest.
func (p *pcapng) frame(d *described, captured, length uint32, rest []byte) (Frame, error) {
	switch {
	case captured > maxRecord:
		return Frame{}, damaged(p.at, "a frame of %d bytes, the most is %d", captured, maxRecord)
	case int(captured) > len(rest):
		return Frame{}, damaged(p.at, "a frame of %d bytes leaves its block by %d", captured, int(captured)-len(rest))
	}
	return Frame{
		Time:      p.last,
		Link:      p.list[d.index].Link,
		Interface: d.index,
		Length:    wireLength(length, int(captured)),
		Data:      rest[:captured:captured],
	}, nil
}

func (p *pcapng) tooShort(body []byte) error {
	return damaged(p.at, "a packet block of %d bytes", len(body)+blockFrame)
}
