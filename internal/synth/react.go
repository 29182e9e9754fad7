package synth

import (
	"net/netip"
	"time"
)

// send puts a packet on its way now, and lets the host that gets it answer. It
// tells whether somebody did.
func (w *World) send(p *Packet) bool { return w.sendAt(w.now, p) }

func (w *World) sendAt(at int64, p *Packet) bool {
	at, ok := w.resolve(at, p.Src, p.Dst)
	if !ok {
		return false
	}
	w.put(at, p)
	h := w.hosts[p.Dst]
	if h == nil || h.asleep {
		return false
	}
	return h.react(at, p)
}

// react answers a packet as the host's kernel does.
func (h *Host) react(at int64, p *Packet) bool {
	switch b := p.Body.(type) {
	case Segment:
		return h.reactTCP(at, p, &b)
	case Datagram:
		return h.reactUDP(at, p, &b)
	case ICMP:
		return h.reactICMP(at, p, &b)
	case SCTP:
		return h.reactSCTP(at, p, &b)
	case Raw:
		if h.speaks[b.Number] || h.drops && !h.rejects {
			return false
		}
		return h.complain(at, p, h.pick(protoUnknown))
	}
	return false
}

// pick is the refusal of a host: its firewall may refuse first.
func (h *Host) pick(r refusal) refusal {
	if h.rejects {
		return prohibited
	}
	return r
}

// answer sends a body back.
func (h *Host) answer(at int64, p *Packet, b Body) {
	q := h.packetFrom(p.Dst, p.Src, b)
	if s, ok := b.(Segment); ok && h.Stack.ID == idRandom && s.Flags&(syn|rst) != 0 {
		q.ID = 0 // Linux: no connection yet, no number
	}
	h.w.sendAt(at+h.delay(), q)
}

func (h *Host) delay() int64 { return int64(h.w.About(h.Away)) }

func (h *Host) complain(at int64, p *Packet, r refusal) bool {
	if !h.mayComplain(at) {
		return false
	}
	m := errorOf(p, r)
	q := h.packetFrom(p.Dst, p.Src, m)
	q.TOS = 0xc0
	h.w.sendAt(at+h.delay(), q)
	return true
}

// reactTCP follows RFC 9293 section 3.10.7 for a segment without a connection.
func (h *Host) reactTCP(at int64, p *Packet, s *Segment) bool {
	state := h.state(h.tcp[s.DstPort])
	switch {
	case s.Flags&rst != 0 || state == silent:
		return false
	case state == prohibits:
		return h.complain(at, p, prohibited)
	case s.Flags&ack != 0:
		if h.noReset || h.drops {
			return false
		}
		h.answer(at, p, Segment{SrcPort: s.DstPort, DstPort: s.SrcPort, Seq: s.Ack, Flags: rst})
		return true
	case state == open && s.Flags&(syn|fin) == syn:
		h.accept(at, p, s)
		return true
	case state == open && !(h.Stack.AllReset && s.Flags&syn == 0):
		return false
	}
	h.answer(at, p, Segment{SrcPort: s.DstPort, DstPort: s.SrcPort, Ack: s.Seq + s.length(), Flags: rst | ack})
	return true
}

// accept answers a SYN, again and again if nobody reacts.
func (h *Host) accept(at int64, p *Packet, s *Segment) {
	reply := Segment{
		SrcPort: s.DstPort, DstPort: s.SrcPort, Seq: h.w.u32(), Ack: s.Seq + 1, Flags: syn | ack, Window: h.Stack.Window,
		Options: options(mss(sizeOf(p.Dst))),
	}
	h.answer(at, p, reply)
	if c := h.w.hosts[p.Src]; c != nil && !c.asleep && !c.noReset && !c.drops {
		return // it resets
	}
	for _, d := range h.Stack.Resend {
		h.answer(at+int64(d), p, reply)
	}
}

func sizeOf(a netip.Addr) uint16 {
	if a.Is4() {
		return 1460
	}
	return 1440
}

func (h *Host) reactUDP(at int64, p *Packet, d *Datagram) bool {
	if h.sockets[d.DstPort] {
		return false
	}
	size, isOpen := h.udp[d.DstPort]
	switch h.state(isOpen) {
	case open:
		if size == 0 {
			return false
		}
		h.answer(at, p, Datagram{SrcPort: d.DstPort, DstPort: d.SrcPort, Data: zeros(size)})
		return true
	case closed:
		return h.complain(at, p, portClosed)
	case prohibits:
		return h.complain(at, p, prohibited)
	}
	return false
}

func (h *Host) reactICMP(at int64, p *Packet, m *ICMP) bool {
	reply := *m
	switch {
	case h.drops:
		return false
	case m.V6 && m.Type == 128:
		reply.Type = 129
	case !m.V6 && m.Type == 8:
		reply.Type, reply.Code = 0, 0
	case !m.V6 && m.Type == 13:
		reply.Type = 14
	default:
		return false
	}
	h.answer(at, p, reply)
	return true
}

func (h *Host) reactSCTP(at int64, p *Packet, s *SCTP) bool {
	if !h.speaksSCTP && !h.drops {
		return h.complain(at, p, protoUnknown)
	}
	reply := SCTP{SrcPort: s.DstPort, DstPort: s.SrcPort, Tag: s.Tag}
	switch state := h.state(h.sctp[s.DstPort]); {
	case state == prohibits:
		return h.complain(at, p, prohibited)
	case s.Chunk == chunkInit && state == open:
		reply.Chunk, reply.Tag = chunkInitAck, tagOf(s.Data)
		reply.Data = append(initChunk(h.w.u32(), h.w.u32()), 0, 7, 0, 8, 1, 2, 3, 4) // with a cookie
	case s.Chunk == chunkInit && state == closed:
		reply.Chunk, reply.Tag = chunkAbort, tagOf(s.Data)
	case s.Chunk == chunkCookie && state == closed, s.Chunk == chunkInitAck && !h.noReset:
		reply.Chunk = chunkAbort
	default:
		return false
	}
	h.answer(at, p, reply)
	return true
}

func tagOf(init []byte) uint32 {
	if len(init) < 4 {
		return 0
	}
	return uint32(init[0])<<24 | uint32(init[1])<<16 | uint32(init[2])<<8 | uint32(init[3])
}

var blank [64 << 10]byte

func zeros(n int) []byte { return blank[:n] }

// tick is the least distance between two segments of one host.
const tick = 20 * time.Microsecond
