package synth

import (
	"net/netip"
	"time"

	"klaxon/internal/decode"
)

// End is how a connection ends.
type End uint8

// The ends.
const (
	ByClient End = iota // FIN both ways, the client first
	ByServer            // likewise, the server first
	ByReset             // the client resets it, with an ACK
	Never               // it is still open when the story ends
	HalfOpen            // the client resets it instead of finishing the handshake
)

// Talk is what happens in a connection. The zero value is one that closes
// without a word.
type Talk struct {
	Banner int           // bytes the server says first
	Up     int           // bytes the client sends
	Down   int           // bytes the server answers
	Lasts  time.Duration // between the last of them and the end
	End    End
	From   uint16 // source port; 0 for the next one
	Fast   bool   // whoever gets no answer gives up after the first packet
}

// line is a TCP connection of two kernels.
type line struct {
	w              *World
	client, server *Host
	from, to       netip.Addr
	cport, sport   uint16
	cseq, sseq     uint32
	cts, sts       uint32 // timestamps last sent
	at             int64
	rtt            int64
}

// Connect lets the host's kernel connect to a service. What comes of it depends
// on the host there.
func (h *Host) Connect(to netip.Addr, port uint16, t Talk) { h.ConnectFrom(h.Addr, to, port, t) }

// ConnectFrom is Connect from another of its addresses.
func (h *Host) ConnectFrom(from, to netip.Addr, port uint16, t Talk) {
	w := h.w
	at, ok := w.resolve(w.now, from, to)
	if !ok {
		return
	}
	l := &line{w: w, client: h, server: w.hosts[to], from: from, to: to, cport: t.From, sport: port, cseq: w.u32(), sseq: w.u32(), at: at}
	if l.cport == 0 {
		l.cport = h.ephemeral()
	}
	switch l.server.state(l.server != nil && l.server.tcp[port]) {
	case open:
		l.rtt = l.server.delay() + int64(h.Away)
		l.talk(t)
	case closed:
		l.refused()
	case prohibits:
		p := l.syn()
		l.server.complain(l.at, p, prohibited)
	case silent:
		l.unheard(t.Fast)
	}
}

func (l *line) syn() *Packet {
	flags := syn
	if l.client.Stack.ECN {
		flags |= decode.ECE | decode.CWR
	}
	p := l.client.packetFrom(l.from, l.to, Segment{
		SrcPort: l.cport, DstPort: l.sport, Seq: l.cseq, Flags: flags, Window: l.client.Stack.Window,
		Options: l.client.Stack.SYN(sizeOf(l.from), l.client.stamp(l.at)),
	})
	l.w.put(l.at, p)
	return p
}

func (l *line) unheard(fast bool) {
	begin := l.at
	l.syn()
	if fast {
		return
	}
	for _, d := range l.client.Stack.Resend {
		l.at = begin + int64(d)
		l.syn()
	}
}

// refused lets a closed port reset it, as often as the client insists.
func (l *line) refused() {
	for range 1 + l.client.Stack.Insists {
		p := l.syn()
		s := p.Body.(Segment)
		l.server.reactTCP(l.at, p, &s)
		l.at += 500e6
	}
}

// talk plays a connection that is accepted.
func (l *line) talk(t Talk) {
	l.syn()
	l.cseq++
	l.at += l.rtt
	l.synAck()
	if t.End == HalfOpen {
		l.at += int64(tick)
		l.bare(Segment{Seq: l.cseq, Flags: rst})
		return
	}
	l.say(true, ack, nil)
	l.send(false, t.Banner)
	l.send(true, t.Up)
	l.send(false, t.Down)
	l.at += int64(t.Lasts)
	l.end(t.End)
}

func (l *line) synAck() {
	opts := options(mss(sizeOf(l.to)))
	if l.client.Stack != Small {
		opts = l.server.Stack.SYN(sizeOf(l.to), l.server.stamp(l.at))
	}
	l.w.put(l.at, l.server.packetFrom(l.to, l.from, Segment{
		SrcPort: l.sport, DstPort: l.cport, Seq: l.sseq, Ack: l.cseq, Flags: syn | ack, Window: l.server.Stack.Window, Options: opts,
	}))
	l.sseq++
}

// bare sends a segment of the client without acknowledgement.
func (l *line) bare(s Segment) {
	s.SrcPort, s.DstPort = l.cport, l.sport
	l.w.put(l.at, l.client.packetFrom(l.from, l.to, s))
}

// say sends one segment of either side.
func (l *line) say(byClient bool, flags decode.Flags, data []byte) {
	l.at += int64(tick)
	h, from, to := l.client, l.from, l.to
	s := Segment{SrcPort: l.cport, DstPort: l.sport, Seq: l.cseq, Ack: l.sseq, Flags: flags, Data: data, Window: l.client.Stack.Later}
	mine, theirs := &l.cts, &l.sts
	if !byClient {
		h, from, to = l.server, l.to, l.from
		s.SrcPort, s.DstPort, s.Seq, s.Ack, s.Window = l.sport, l.cport, l.sseq, l.cseq, l.server.Stack.Later
		mine, theirs = theirs, mine
	}
	if l.client.Stack.Stamps && l.server.Stack.Stamps {
		*mine = h.stamp(l.at)
		s.Options = options(nop, nop, stamp(*mine, *theirs))
	}
	l.w.put(l.at, h.packetFrom(from, to, s))
	if byClient {
		l.cseq += s.length()
	} else {
		l.sseq += s.length()
	}
}

// send moves n bytes in one direction; every other segment is acknowledged.
func (l *line) send(byClient bool, n int) {
	for i := 0; n > 0; i++ {
		part := min(n, 1448)
		n -= part
		flags := ack
		if n == 0 {
			flags |= psh
		}
		l.say(byClient, flags, zeros(part))
		if n == 0 || i%2 == 1 {
			l.at += l.rtt / 2
			l.say(!byClient, ack, nil)
		}
	}
}

func (l *line) end(e End) {
	switch e {
	case ByReset:
		l.say(true, rst|ack, nil)
	case ByClient, ByServer:
		first := e == ByClient
		l.say(first, fin|ack, nil)
		l.at += l.rtt
		l.say(!first, fin|ack, nil)
		l.at += l.rtt / 2
		l.say(first, ack, nil)
	}
}
