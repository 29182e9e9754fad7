package capture

import (
	"math"
	"math/bits"
	"net/netip"
	"slices"
)

// described is an interface as the section being read describes it.
type described struct {
	clock clock
	snap  uint32 // the most bytes of a frame that are captured; 0 for no bound
	index int    // in the file's list
	drops uint64 // as last told in this section
}

// setOrder reads the byte-order magic of a section header.
func (p *pcapng) setOrder(b []byte) error {
	switch uint32(orderMagic) {
	case littleEndian.u32(b):
		p.order = littleEndian
	case bigEndian.u32(b):
		p.order = bigEndian
	default:
		return damaged(p.at+8, "% x is no byte order", b[:4])
	}
	return nil
}

// newSection forgets what the section before described. The section's length
// is not of use to a reader that skips nothing.
func (p *pcapng) newSection(body []byte) error {
	if len(body) < 16 {
		return damaged(p.at, "a section header of %d bytes", len(body)+blockFrame)
	}
	if major := p.order.u16(body[4:]); major != 1 {
		return damaged(p.at+12, "pcapng version %d.%d, only 1 is known", major, p.order.u16(body[6:]))
	}
	p.section = p.section[:0]
	for i := range p.list {
		p.list[i].shared = false
	}
	if p.begun {
		return nil
	}
	p.begun = true
	return options(p.order, body[16:], p.at+24, func(code uint16, v []byte) {
		if code == optComment && p.comment == "" {
			p.comment = string(v[:min(len(v), maxComment)])
		}
	})
}

// describe reads an interface description.
func (p *pcapng) describe(body []byte) error {
	if len(body) < 8 {
		return damaged(p.at, "an interface description of %d bytes", len(body)+blockFrame)
	}
	in := Interface{Link: linkOf(uint32(p.order.u16(body)))}
	resolution, offset := byte(6), int64(0)
	err := options(p.order, body[8:], p.at+16, func(code uint16, v []byte) {
		switch {
		case code == optName && in.Name == "":
			in.Name = string(v[:min(len(v), maxName)])
		case code == optResolution && len(v) == 1:
			resolution = v[0]
		case code == optOffset && len(v) == 8:
			offset = int64(p.order.u64(v))
		case len(in.Addrs) < maxAddrs:
			if a := addrOption(code, v); a.IsValid() {
				in.Addrs = append(in.Addrs, a)
			}
		}
	})
	if err != nil {
		return err
	}
	index, err := p.add(in)
	if err != nil {
		return err
	}
	p.section = append(p.section, described{
		clock: newClock(resolution, offset), snap: p.order.u32(body[4:]), index: index,
	})
	return nil
}

// add returns the index of in: that of the same interface in a section before,
// or a new one.
func (p *pcapng) add(in Interface) (int, error) {
	in.shared = true
	for i := range p.list {
		had := &p.list[i]
		if !had.shared && had.Name == in.Name && had.Link == in.Link && slices.Equal(had.Addrs, in.Addrs) {
			had.shared = true
			return i, nil
		}
	}
	if len(p.list) == maxInterfaces {
		return 0, damaged(p.at, "more than %d interfaces", maxInterfaces)
	}
	p.list = append(p.list, in)
	return len(p.list) - 1, nil
}

// addrOption returns the address of an if_IPv4addr (address and mask) or
// if_IPv6addr (address and length), or nothing.
func addrOption(code uint16, v []byte) netip.Prefix {
	switch {
	case code == optIPv4 && len(v) == 8:
		mask := bigEndian.u32(v[4:])
		ones := bits.LeadingZeros32(^mask)
		if mask<<ones != 0 {
			return netip.Prefix{}
		}
		return netip.PrefixFrom(netip.AddrFrom4([4]byte(v)), ones)
	case code == optIPv6 && len(v) == 17:
		return netip.PrefixFrom(netip.AddrFrom16([16]byte(v)), int(v[16]))
	}
	return netip.Prefix{}
}

// Statistics is what a capture program says of an interface between its frames.
type Statistics struct {
	Interface int    // index in Interfaces
	Time      int64  // when it was said, as in Frame
	Drops     uint64 // frames lost so far, as in Interface
}

// statistics reads how many frames were lost. The counts are totals of the
// section, and a file's total is their sum.
func (p *pcapng) statistics(body []byte) error {
	if len(body) < 12 {
		return damaged(p.at, "interface statistics of %d bytes", len(body)+blockFrame)
	}
	d, err := p.described(p.order.u32(body))
	if err != nil {
		return err
	}
	var drops uint64
	err = options(p.order, body[12:], p.at+20, func(code uint16, v []byte) {
		if (code == optDevDrops || code == optHostDrops) && len(v) == 8 {
			drops = addCapped(drops, p.order.u64(v))
		}
	})
	if err != nil {
		return err
	}
	in := &p.list[d.index]
	if drops > d.drops {
		in.Drops = addCapped(in.Drops, drops-d.drops)
		d.drops = drops
	}
	if p.told != nil {
		count := uint64(p.order.u32(body[4:]))<<32 | uint64(p.order.u32(body[8:]))
		p.told(Statistics{Interface: d.index, Time: d.clock.time(count), Drops: in.Drops})
	}
	return nil
}

// described returns the section's interface of that number.
func (p *pcapng) described(number uint32) (*described, error) {
	if number >= uint32(len(p.section)) {
		return nil, damaged(p.at, "interface %d is not described, %d are", number, len(p.section))
	}
	return &p.section[number], nil
}

func addCapped(a, b uint64) uint64 {
	sum, carry := bits.Add64(a, b, 0)
	if carry != 0 {
		return math.MaxUint64
	}
	return sum
}
