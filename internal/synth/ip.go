package synth

import (
	"encoding/binary"
	"net/netip"
	"slices"

	"klaxon/internal/watch/capture"
)

// IP protocols.
const (
	protoHopByHop    = 0
	protoICMP        = 1
	protoTCP         = 6
	protoUDP         = 17
	protoFragment    = 44
	protoGRE         = 47
	protoICMPv6      = 58
	protoDestination = 60
	protoSCTP        = 132
)

// Body is what an IP packet carries.
type Body interface {
	// Proto is its IP protocol.
	Proto() uint8
	// Append appends its bytes to b, with the checksum of its ends.
	Append(b []byte, src, dst netip.Addr) []byte
}

// Packet is one IP packet, or what is spoken directly on the link.
type Packet struct {
	Src, Dst       netip.Addr
	SrcMAC, DstMAC MAC // zero: as the way goes
	TTL, TOS       uint8
	ID             uint16 // IPv4
	DF             bool   // IPv4
	Options        []byte // IPv4
	Ext            []uint8
	Fragment       int  // at most so many bytes in each fragment, a multiple of 8; 0 for whole
	Overlap        bool // fragments are sent twice
	Backwards      bool // the last fragment first
	Body           Body
}

// Raw is any IP protocol.
type Raw struct {
	Number uint8
	Data   []byte
}

// Proto is its number.
func (r Raw) Proto() uint8 { return r.Number }

// Append appends its data.
func (r Raw) Append(b []byte, _, _ netip.Addr) []byte { return append(b, r.Data...) }

// put shows a packet to the sensor at a time; nobody answers it.
func (w *World) put(at int64, p *Packet) {
	if w.Hide != nil && w.Hide(p) {
		return
	}
	w.route(p)
	for i := range w.taps {
		t, q := &w.taps[i], *p
		if t.Sees != nil && !t.Sees(p) {
			continue
		}
		if t.As != nil {
			q = t.As(q)
		}
		body := q.Body.Append(w.buffer(), q.Src, q.Dst)
		w.see(at+int64(t.Delay), t, &q, body)
		w.spare = append(w.spare, body)
	}
}

// see cuts a packet into fragments, if that is wanted, and plans their frames.
func (w *World) see(at int64, t *Tap, p *Packet, body []byte) {
	if _, arp := p.Body.(ARP); arp {
		w.show(at, t, append(t.frame(w.buffer(), p, etherARP), body...))
		return
	}
	if p.Fragment == 0 || len(body) <= p.Fragment {
		w.show(at, t, append(p.header(t.frame(w.buffer(), p, p.etherType()), len(body), -1, false), body...))
		return
	}
	for _, off := range p.offsets(len(body)) {
		end := min(off+p.Fragment, len(body))
		h := p.header(t.frame(w.buffer(), p, p.etherType()), end-off, off, end < len(body))
		w.show(at, t, append(h, body[off:end]...))
		at += 2000
	}
}

// offsets are where its fragments begin, in the order in which they are sent.
func (p *Packet) offsets(length int) (list []int) {
	for off := 0; off < length; off += p.Fragment {
		list = append(list, off)
		if p.Overlap && off > 0 {
			list = append(list, off)
		}
	}
	if p.Backwards {
		slices.Reverse(list)
	}
	return list
}

func (w *World) show(at int64, t *Tap, data []byte) {
	if t.Tunnel != nil {
		data = t.Tunnel(data)
	}
	w.plan(event{at: at, frame: capture.Frame{Time: at, Link: t.Link, Interface: t.Interface, Length: len(data), Data: data}})
}

func (w *World) buffer() []byte {
	if n := len(w.spare); n > 0 {
		b := w.spare[n-1]
		w.spare = w.spare[:n-1]
		return b[:0]
	}
	return make([]byte, 0, 128)
}

func (p *Packet) etherType() uint16 {
	if p.Src.Is4() {
		return etherIPv4
	}
	return etherIPv6
}

// header appends the IP header of a fragment at off, -1 for a whole packet.
func (p *Packet) header(b []byte, length, off int, more bool) []byte {
	if p.Src.Is4() {
		return p.header4(b, length, max(off, 0), more)
	}
	return p.header6(b, length, off, more)
}

func (p *Packet) header4(b []byte, length, off int, more bool) []byte {
	start, size := len(b), 20+len(p.Options)
	flags := uint16(off / 8)
	if more {
		flags |= 0x2000
	}
	if p.DF && off == 0 && !more {
		flags |= 0x4000
	}
	b = append(b, 0x40|byte(size/4), p.TOS)
	b = binary.BigEndian.AppendUint16(b, uint16(size+length))
	b = binary.BigEndian.AppendUint16(b, p.ID)
	b = binary.BigEndian.AppendUint16(b, flags)
	b = append(b, p.TTL, p.Body.Proto(), 0, 0)
	b = append(append(append(b, p.Src.AsSlice()...), p.Dst.AsSlice()...), p.Options...)
	binary.BigEndian.PutUint16(b[start+10:], checksum(sum(0, b[start:])))
	return b
}

func (p *Packet) header6(b []byte, length, off int, more bool) []byte {
	chain := append([]uint8(nil), p.Ext...)
	if off >= 0 {
		chain = append(chain, protoFragment)
	}
	chain = append(chain, p.Body.Proto())
	b = append(b, 0x60|p.TOS>>4, p.TOS<<4, 0, 0)
	b = binary.BigEndian.AppendUint16(b, uint16(length+8*(len(chain)-1)))
	b = append(append(append(b, chain[0], p.TTL), p.Src.AsSlice()...), p.Dst.AsSlice()...)
	for i, kind := range chain[:len(chain)-1] {
		b = p.extension(b, kind, chain[i+1], off, more)
	}
	return b
}

// extension appends a header of 8 bytes: padding, or the place of a fragment.
func (p *Packet) extension(b []byte, kind, next uint8, off int, more bool) []byte {
	if kind != protoFragment {
		return append(b, next, 0, 1, 4, 0, 0, 0, 0) // PadN
	}
	place := uint16(max(off, 0))
	if more {
		place |= 1
	}
	b = binary.BigEndian.AppendUint16(append(b, next, 0), place)
	return binary.BigEndian.AppendUint32(b, 0x10000|uint32(p.ID))
}

// Flow is a number that all packets of a conversation share, and tells whether
// this one goes from the client's port, which is the higher one. ICMP errors
// belong to no conversation.
func (p *Packet) Flow() (id uint64, forward bool) {
	var from, to uint16
	switch b := p.Body.(type) {
	case Segment:
		from, to = b.SrcPort, b.DstPort
	case Datagram:
		from, to = b.SrcPort, b.DstPort
	}
	a, c := p.Src, p.Dst
	if forward = from > to; !forward {
		a, c, from, to = c, a, to, from
	}
	id = 14695981039346656037
	for _, x := range append(append(a.AsSlice(), c.AsSlice()...), byte(from>>8), byte(from), byte(to>>8), byte(to)) {
		id = (id ^ uint64(x)) * 1099511628211
	}
	id ^= id >> 29
	return id * 0xbf58476d1ce4e5b9, forward
}
