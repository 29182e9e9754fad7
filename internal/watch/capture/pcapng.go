package capture

// Block types (draft-ietf-opsawg-pcapng section 11.1).
const (
	blockInterface  = 1
	blockPacket     = 2 // obsolete
	blockSimple     = 3
	blockStatistics = 5
	blockEnhanced   = 6
	blockSection    = 0x0a0d0d0a // the same in both byte orders

	blockFrame = 12 // type and length before the body, length again behind it

	orderMagic = 0x1a2b3c4d
)

// pcapng is the block format. Each section has its own byte order and its own
// numbers for interfaces, which are mapped to those of the file.
type pcapng struct {
	win     *window
	order   order
	section []described
	list    []Interface
	last    int64 // time of the last frame, lent to frames that have none
	at      int64 // offset of the block being read
	begun   bool  // a section header was read
	comment string
	told    func(Statistics)
}

func newPcapng(win *window) (*pcapng, error) {
	p := &pcapng{win: win}
	if _, _, err := p.block(); err != nil {
		return nil, err
	}
	return p, nil
}

func (p *pcapng) interfaces() []Interface { return p.list }
func (p *pcapng) remark() string          { return p.comment }
func (p *pcapng) tell(f func(Statistics)) { p.told = f }

func (p *pcapng) next(f *Frame) error {
	for {
		x, ok, err := p.block()
		if ok || err != nil {
			*f = x
			return err
		}
	}
}

// block reads one block; ok says that it held a frame.
func (p *pcapng) block() (f Frame, ok bool, err error) {
	p.at = p.win.off
	head, err := p.win.need(blockFrame)
	if err != nil {
		return f, false, err
	}
	kind := p.order.u32(head)
	if kind == blockSection {
		if err := p.setOrder(head[8:]); err != nil {
			return f, false, err
		}
	}
	total := p.order.u32(head[4:])
	if total < blockFrame || total%4 != 0 {
		return f, false, damaged(p.at, "a block of %d bytes", total)
	}
	if !looksInto(kind) {
		return f, false, p.skip(total)
	}
	body, err := p.body(total)
	if err != nil {
		return f, false, err
	}
	return p.dispatch(kind, body)
}

func looksInto(kind uint32) bool {
	switch kind {
	case blockInterface, blockPacket, blockSimple, blockStatistics, blockEnhanced, blockSection:
		return true
	}
	return false
}

func (p *pcapng) dispatch(kind uint32, body []byte) (f Frame, ok bool, err error) {
	switch kind {
	case blockEnhanced:
		f, err = p.enhanced(body)
		return f, err == nil, err
	case blockSimple:
		f, err = p.simple(body)
		return f, err == nil, err
	case blockPacket:
		f, err = p.packet(body)
		return f, err == nil, err
	case blockSection:
		return f, false, p.newSection(body)
	case blockInterface:
		return f, false, p.describe(body)
	default:
		return f, false, p.statistics(body)
	}
}

// body takes a block and returns what is between its lengths.
func (p *pcapng) body(total uint32) ([]byte, error) {
	if total > maxBlock {
		return nil, damaged(p.at, "a block of %d bytes, the most is %d", total, maxBlock)
	}
	b, err := p.win.need(int(total))
	if err != nil {
		return nil, err
	}
	end := len(b) - 4
	if again := p.order.u32(b[end:]); again != total {
		return nil, damaged(p.at+int64(end), "a block of %d bytes ends saying %d", total, again)
	}
	p.win.take(len(b))
	return b[8:end:end], nil
}

// skip drops a block that is not looked into, and checks that it ends where it
// said.
func (p *pcapng) skip(total uint32) error {
	if err := p.win.skip(int64(total)-4, 4); err != nil {
		return err
	}
	b, err := p.win.need(4)
	if err != nil {
		return p.win.inside(err, 4)
	}
	if again := p.order.u32(b); again != total {
		return damaged(p.win.off, "a block of %d bytes ends saying %d", total, again)
	}
	p.win.take(4)
	return nil
}
