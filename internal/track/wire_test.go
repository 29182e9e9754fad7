package track_test

import (
	"net/netip"
	"testing"
	"time"

	"klaxon/internal/classify"
	"klaxon/internal/decode"
	"klaxon/internal/track"
)

// These tests know the tracker by what it exports alone. Its rows are those of
// package classify.

const (
	second = int64(time.Second)
	begin  = 1_700_000_000 * second
)

// wire feeds a tracker with packets.
type wire struct {
	t testing.TB
	*track.Tracker
	at int64
}

func newWire(t testing.TB, cfg track.Config) *wire {
	cfg.Rows = classify.Rows()
	if cfg.Memory == 0 {
		cfg.Memory = track.MinMemory
	}
	return &wire{t, track.New(cfg), begin}
}

// send feeds packets, a millisecond apart.
func (w *wire) send(list ...decode.Packet) {
	for i := range list {
		w.at += int64(time.Millisecond)
		w.Observe(w.at, 0, &list[i])
	}
}

// pause lets time pass without a packet.
func (w *wire) pause(d time.Duration) {
	w.at += int64(d)
	w.Advance(w.at)
}

// each calls f for every source that has a record.
func (w *wire) each(f func(track.View)) {
	lives := uint32(w.Counts().Sources) + 1000 // and those that closed reports began
next:
	for index := uint32(0); ; index++ {
		if _, free := w.View(index, 0); free {
			continue
		}
		for life := uint32(1); life <= lives; life++ {
			if v, ok := w.View(index, life); ok {
				f(v)
				continue next
			}
		}
		return // behind the end of the table
	}
}

// source is the record of an address.
func (w *wire) source(addr string) track.View {
	w.t.Helper()
	var found *track.View
	want := ip(addr)
	w.each(func(v track.View) {
		if v.Addr == want && v.V6 == netip.MustParseAddr(addr).Is6() {
			found = &v
		}
	})
	if found == nil {
		w.t.Fatalf("there is no record of %s", addr)
	}
	return *found
}

// note is what is remembered of a contact of a source.
func (w *wire) note(addr string, dst string, port uint16) track.Note {
	w.t.Helper()
	for _, n := range w.source(addr).Notes {
		if n.Dst == ip(dst) && n.Port == port {
			return n
		}
	}
	w.t.Fatalf("%s has no contact with %s port %d", addr, dst, port)
	return track.Note{}
}

// ip is an address as packets hold it.
func ip(s string) (a [16]byte) {
	copy(a[:], netip.MustParseAddr(s).AsSlice())
	return a
}

// conn is a TCP connection, or what stands for one.
type conn struct {
	client, server string
	cport, sport   uint16
	isn, peer      uint32
}

func (c conn) packet(flags decode.Flags, fromServer bool) decode.Packet {
	p := decode.Packet{
		Kind: decode.KindTCP, Proto: 6, V6: netip.MustParseAddr(c.client).Is6(), TTL: 64, DF: true,
		Src: ip(c.client), Dst: ip(c.server), SrcPort: c.cport, DstPort: c.sport, Flags: flags, Window: 64240,
	}
	if fromServer {
		p.Src, p.Dst, p.SrcPort, p.DstPort = p.Dst, p.Src, p.DstPort, p.SrcPort
	}
	return p
}

// syn is a SYN as Linux sends it.
func (c conn) syn() decode.Packet {
	p := c.packet(decode.SYN, false)
	p.Seq = c.isn
	p.Options = decode.Options{Len: 20, HasMSS: true, MSS: 1460, SACKOK: true, HasTS: true, TSVal: c.isn/7 + 1, HasWS: true, WS: 7}
	return p
}

// rawSyn is one that no operating system sends.
func (c conn) rawSyn() decode.Packet {
	p := c.packet(decode.SYN, false)
	p.Seq, p.Window, p.DF, p.ID = c.isn, 8192, false, c.isn%60000
	return p
}

func (c conn) synAck() decode.Packet {
	p := c.packet(decode.SYN|decode.ACK, true)
	p.Seq, p.Ack = c.peer, c.isn+1
	return p
}

func (c conn) ack() decode.Packet {
	p := c.packet(decode.ACK, false)
	p.Seq, p.Ack = c.isn+1, c.peer+1
	return p
}

// clientFin ends a connection in which so many bytes were said.
func (c conn) clientFin(sent, heard uint32) decode.Packet {
	p := c.packet(decode.FIN|decode.ACK, false)
	p.Seq, p.Ack = c.isn+1+sent, c.peer+1+heard
	return p
}

func (c conn) serverFin(sent, heard uint32) decode.Packet {
	p := c.packet(decode.FIN|decode.ACK, true)
	p.Seq, p.Ack = c.peer+1+sent, c.isn+1+heard
	return p
}

// clientRst is the reset of a kernel that knows the connection.
func (c conn) clientRst(sent uint32) decode.Packet {
	p := c.packet(decode.RST|decode.ACK, false)
	p.Seq, p.Ack = c.isn+1+sent, c.peer+1
	return p
}

// rawRst is the reset of a kernel that knows nothing of the connection.
func (c conn) rawRst() decode.Packet {
	p := c.packet(decode.RST, false)
	p.Seq, p.Window = c.isn+1, 0
	return p
}

// refusal is a closed port's answer.
func (c conn) refusal() decode.Packet {
	p := c.packet(decode.RST|decode.ACK, true)
	p.Ack, p.Window = c.isn+1, 0
	return p
}

// udp is a datagram.
func udp(src string, sport uint16, dst string, dport uint16) decode.Packet {
	return decode.Packet{
		Kind: decode.KindUDP, Proto: 17, V6: netip.MustParseAddr(src).Is6(), TTL: 64,
		Src: ip(src), Dst: ip(dst), SrcPort: sport, DstPort: dport, DataLen: 20,
	}
}

// unreachable is an ICMP error of a router about a packet.
func unreachable(from string, code uint8, about decode.Packet) decode.Packet {
	p := decode.Packet{
		Kind: decode.KindICMP, Proto: 1, V6: about.V6, TTL: 60, Src: ip(from), Dst: about.Src,
		ICMPType: decode.ICMPUnreachable, ICMPCode: code,
		Quoted: decode.Quote{Valid: true, Proto: about.Proto, Src: about.Src, Dst: about.Dst, SrcPort: about.SrcPort, DstPort: about.DstPort},
	}
	if about.V6 {
		p.Kind, p.Proto, p.ICMPType = decode.KindICMPv6, 58, decode.ICMPv6Unreachable
	}
	return p
}

// lone is a segment without any connection.
func lone(flags decode.Flags, src string, dst string, port uint16) decode.Packet {
	c := conn{src, dst, 51000, port, 77, 0}
	p := c.packet(flags, false)
	p.Seq, p.Options.Len, p.Window = 77, 0, 1024
	return p
}
