package evasion

import (
	"time"

	"klaxon/internal/decode"
)

// ending is how a source ends a connection to an open port.
type ending uint8

const (
	byFIN   ending = iota // close at once, without a word
	byReset               // likewise, with a reset (SO_LINGER 0)
	byData                // say something, hear something, close
	byHold                // leave it open for the rest of the day
	byHalf                // a reset instead of the handshake's end: needs raw packets
)

// stack is who makes the packets.
type stack uint8

const (
	kernelStack stack = iota // connect and sendto, as anybody may
	copyStack                // raw packets that look like a kernel's
	rawStack                 // raw packets without options
)

// connection is one attempt over TCP.
type connection struct {
	src, dst addr
	port     uint16
	from     uint16 // source port, 0 for the next of the stack
	does     state
	end      ending
	stack    stack
	late     bool // the SYN comes in two fragments, the second 5 s after the first
	v6       bool
	hop      uint8
}

// connect makes the packets of a connection at a time, and returns when it is over.
func (w *world) connect(at time.Duration, c connection) time.Duration {
	w.opened++
	k := w.kernel(c.src)
	k.port++
	if k.port < 32768 {
		k.port = 32768
	}
	from := k.port
	if c.from != 0 {
		from = c.from
	}
	seq, peer := w.Uint32(), w.Uint32()
	up := decode.Packet{
		Kind: decode.KindTCP, Proto: 6, V6: c.v6, TTL: 52, DF: true, ID: w.Uint32() & 0xffff, Window: 64240,
		Src: c.src, Dst: c.dst, SrcPort: from, DstPort: c.port, Seq: seq,
	}
	if c.hop != 0 {
		up.TTL = c.hop
	}
	syn := up
	syn.Flags = decode.SYN
	if c.stack == rawStack {
		syn.Window, syn.DF = 1024, false
	} else {
		syn.Options = decode.Options{Len: 20, HasMSS: true, MSS: 1460, SACKOK: true, HasTS: true, TSVal: k.stamp + uint32(at/time.Millisecond), HasWS: true, WS: 7}
	}
	down := decode.Packet{
		Kind: decode.KindTCP, Proto: 6, V6: c.v6, TTL: 64, DF: true, Window: 65160,
		Src: c.dst, Dst: c.src, SrcPort: c.port, DstPort: from, Seq: peer, Ack: seq + 1,
	}
	if c.late {
		at = w.torn(at, syn)
	} else {
		w.send(at, syn)
	}
	half := roundTrip / 2
	switch c.does {
	case dropped:
		if c.stack == kernelStack {
			w.send(at+time.Second, syn)
			w.send(at+3*time.Second, syn)
		}
		return at + 3*time.Second
	case closed:
		down.Seq, down.Flags, down.Window = 0, decode.RST|decode.ACK, 0
		w.see(at+half, down)
		return at + roundTrip
	}
	answer := down
	answer.Flags = decode.SYN | decode.ACK
	answer.Options = syn.Options
	w.see(at+half, answer)
	at += roundTrip
	up.Options, up.Window = decode.Options{Len: 12, HasTS: true}, 502
	down.Options, down.Window, down.Seq = up.Options, 509, peer+1
	w.finish(at, c.end, up, down)
	return at + 4*roundTrip
}

// finish makes what comes after the answer; up and down are segments of the two
// directions with nothing said yet.
func (w *world) finish(at time.Duration, end ending, up, down decode.Packet) {
	half := roundTrip / 2
	segment := func(p decode.Packet, flags decode.Flags, said, heard uint32, n uint16) decode.Packet {
		p.Flags, p.Seq, p.DataLen = flags, p.Seq+said, n
		if p.Src == up.Src {
			p.Ack = down.Seq + heard
		} else {
			p.Ack = up.Seq + 1 + heard
		}
		return p
	}
	if end == byHalf {
		p := up
		p.Flags, p.Seq, p.Window, p.Options, p.DF, p.ID = decode.RST, up.Seq+1, 0, decode.Options{}, true, 0
		w.send(at, p)
		return
	}
	const ack, fin = decode.ACK, decode.FIN | decode.ACK
	w.send(at, segment(up, ack, 1, 0, 0))
	at += time.Millisecond
	switch end {
	case byReset:
		w.send(at, segment(up, decode.RST|ack, 1, 0, 0))
	case byFIN:
		w.send(at, segment(up, fin, 1, 0, 0))
		w.see(at+half, segment(down, fin, 0, 1, 0))
		w.send(at+roundTrip, segment(up, ack, 2, 1, 0))
	case byData:
		w.send(at, segment(up, ack|decode.PSH, 1, 0, 80))
		w.see(at+half, segment(down, ack|decode.PSH, 0, 80, 600))
		w.send(at+roundTrip, segment(up, fin, 81, 600, 0))
		w.see(at+roundTrip+half, segment(down, fin, 600, 81, 0))
		w.send(at+2*roundTrip, segment(up, ack, 82, 601, 0))
	}
}

// torn sends a segment in two fragments, the flags in the second, which comes when
// nobody expects it any more but the target: systems wait for 30 s and longer.
func (w *world) torn(at time.Duration, p decode.Packet) time.Duration {
	const gap = 5 * time.Second
	head, tail := p, p
	head.MF, head.Fragmented, head.Partial, head.DF = true, true, true, false
	head.Seq, head.Ack, head.Flags, head.Window, head.Options = p.Seq, 0, 0, 0, decode.Options{Cut: true}
	tail.Kind, tail.Fragmented, tail.FragOffset, tail.DF = decode.KindFragment, true, 8, false
	tail.SrcPort, tail.DstPort, tail.Seq, tail.Options = 0, 0, 0, decode.Options{}
	w.send(at, head)
	w.send(at+gap, tail)
	return at + gap
}

// lone sends a segment that belongs to no connection: closed ports refuse it.
func (w *world) lone(at time.Duration, src, dst addr, port uint16, flags decode.Flags, does state) {
	w.opened++
	p := decode.Packet{
		Kind: decode.KindTCP, Proto: 6, V6: src[0] == 0x20, TTL: 52, ID: w.Uint32() & 0xffff, Window: 1024, Flags: flags,
		Src: src, Dst: dst, SrcPort: 40000 + uint16(w.IntN(20000)), DstPort: port, Seq: w.Uint32(),
	}
	w.send(at, p)
	if does == closed {
		p.Src, p.Dst, p.SrcPort, p.DstPort, p.Flags, p.Ack, p.Seq, p.Window = dst, src, port, p.SrcPort, decode.RST|decode.ACK, p.Seq, 0, 0
		w.see(at+roundTrip/2, p)
	}
}

// datagrams is one attempt over UDP.
type datagrams struct {
	src, dst addr
	port     uint16
	from     uint16 // source port, 0 for the next of the stack
	does     state
	n        int    // how many, back to back
	data     uint16 // bytes in each
	hop      uint8  // hop limit, 0 for an ordinary one
	v6       bool
}

// ask makes the packets of an attempt over UDP, and tells whether it was answered.
func (w *world) ask(at time.Duration, d datagrams) (answered bool) {
	w.opened++
	k := w.kernel(d.src)
	k.port++
	if k.port < 32768 {
		k.port = 32768
	}
	from := k.port
	if d.from != 0 {
		from = d.from
	}
	p := decode.Packet{
		Kind: decode.KindUDP, Proto: 17, V6: d.v6, TTL: 52, DF: true, ID: w.Uint32() & 0xffff,
		Src: d.src, Dst: d.dst, SrcPort: from, DstPort: d.port, DataLen: d.data,
	}
	if d.hop != 0 {
		p.TTL = d.hop
	}
	for i := range max(d.n, 1) {
		w.send(at+time.Duration(i)*time.Millisecond, p)
	}
	switch d.does {
	case open:
		w.see(at+roundTrip/2, decode.Packet{Kind: decode.KindUDP, Proto: 17, V6: d.v6, TTL: 64, Src: d.dst, Dst: d.src, SrcPort: d.port, DstPort: from, DataLen: 120})
		return true
	case dropped:
		return false
	}
	if !w.mayRefuse(d.dst, at) {
		return false
	}
	e := decode.Packet{Kind: decode.KindICMP, Proto: 1, TTL: 64, Src: d.dst, Dst: d.src, ICMPType: decode.ICMPUnreachable, ICMPCode: 3}
	if d.v6 {
		e.Kind, e.Proto, e.V6, e.ICMPType, e.ICMPCode = decode.KindICMPv6, 58, true, decode.ICMPv6Unreachable, 4
	}
	e.Quoted = decode.Quote{Valid: true, Proto: 17, Src: d.src, Dst: d.dst, SrcPort: from, DstPort: d.port}
	w.see(at+roundTrip/2, e)
	return true
}
