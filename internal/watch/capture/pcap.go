package capture

// The sizes of draft-ietf-opsawg-pcap section 4 and 5.
const (
	pcapHeader = 24 // magic, version, two unused, snapshot length, link
	pcapRecord = 16 // seconds, fraction, captured length, length
)

// pcap is the classic format: one interface, records alone.
type pcap struct {
	win   *window
	order order
	unit  int64 // nanoseconds in a unit of the fraction
	iface Interface
}

func newPcap(win *window, o order, unit int64) (*pcap, error) {
	b, err := win.need(pcapHeader)
	if err != nil {
		return nil, err
	}
	if major := o.u16(b[4:]); major != 2 {
		return nil, damaged(4, "pcap version %d.%d, only 2 is known", major, o.u16(b[6:]))
	}
	p := &pcap{win: win, order: o, unit: unit}
	p.iface.Link = linkOf(o.u32(b[20:]))
	win.take(pcapHeader)
	return p, nil
}

func (p *pcap) interfaces() []Interface { return []Interface{p.iface} }

// Comments and statistics are things of pcapng.
func (p *pcap) remark() string        { return "" }
func (p *pcap) tell(func(Statistics)) {}

func (p *pcap) next(f *Frame) error {
	head, err := p.win.need(pcapRecord)
	if err != nil {
		return err
	}
	captured := p.order.u32(head[8:])
	if captured > maxRecord {
		return damaged(p.win.off, "a record of %d bytes, the most is %d", captured, maxRecord)
	}
	b, err := p.win.need(pcapRecord + int(captured))
	if err != nil {
		return err
	}
	p.win.take(len(b))
	// Seconds and fraction are 32 bits each: below maxTime whatever they say.
	f.Time = int64(p.order.u32(b))*1e9 + int64(p.order.u32(b[4:]))*p.unit
	f.Link, f.Interface = p.iface.Link, 0
	f.Length = wireLength(p.order.u32(b[12:]), int(captured))
	f.Data = b[pcapRecord:len(b):len(b)]
	return nil
}
