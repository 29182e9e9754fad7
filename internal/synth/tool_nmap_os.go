package synth

import (
	"net/netip"
	"time"

	"klaxon/internal/decode"
)

// osStamp is the timestamp that all probes of OS detection carry.
var osStamp = stamp(0xffffffff, 0)

// osOptions are the options of T2 to T7.
var osOptions = options(wscale(10), nop, mss(265), osStamp, sackOK)

// osSeq are the six probes 100 ms apart: window and options.
var osSeq = [...]struct {
	window  uint16
	options []byte
}{
	{1, options(wscale(10), nop, mss(1460), osStamp, sackOK)},
	{63, options(mss(1400), wscale(0), sackOK, osStamp)},
	{4, options(osStamp, nop, nop, wscale(5), nop, mss(640))},
	{4, options(sackOK, osStamp, wscale(10))},
	{16, options(mss(536), sackOK, osStamp, wscale(10))},
	{512, options(mss(265), sackOK, osStamp)},
}

// osTests are the probes behind them: the flags, the window, and whether they go
// to an open port.
var osTests = [...]struct {
	flags  decode.Flags
	window uint16
	open   bool
	df     bool
}{
	{0, 128, true, true}, {syn | fin | urg | psh, 256, true, false}, {ack, 1024, true, true},
	{syn, 31337, false, false}, {ack, 32768, false, true}, {fin | psh | urg, 65535, false, false},
}

// OS is the second half of -O, after a scan that found an open and a closed
// port. only, unless 0, stops after so many packets.
func (n *Nmap) OS(to netip.Addr, open, closed uint16, only int) {
	var list []*Packet
	base, seq, answer := uint16(n.w.between(33000, 60000)), n.w.u32(), n.w.u32()
	for i, q := range osSeq {
		list = append(list, n.raw(to, Segment{SrcPort: base + uint16(i), DstPort: open, Seq: seq + uint32(i), Flags: syn, Window: q.window, Options: q.options}))
	}
	list = append(list, n.osOthers(to, base, closed)...)
	list = append(list, n.raw(to, Segment{
		SrcPort: base + 12, DstPort: open, Seq: seq, Window: 3, Urgent: 63477,
		Flags:   syn | decode.ECE | decode.CWR | decode.Reserved11,
		Options: options(wscale(10), nop, mss(1460), sackOK, nop, nop),
	}))
	for i, t := range osTests {
		s := Segment{SrcPort: base + 14 + uint16(i), DstPort: closed, Seq: seq, Ack: answer, Flags: t.flags, Window: t.window, Options: osOptions}
		if t.flags&ack != 0 {
			s.Seq = 0
		}
		if t.open {
			s.DstPort = open
		}
		p := n.raw(to, s)
		p.DF = t.df
		list = append(list, p)
	}
	for i, p := range list {
		if only > 0 && i == only {
			return
		}
		n.w.send(p)
		n.w.Wait(n.w.About(25 * time.Millisecond))
		if i < len(osSeq) {
			n.w.Wait(75 * time.Millisecond)
		}
	}
}

// osOthers are the two echo requests and the datagram.
func (n *Nmap) osOthers(to netip.Addr, base, closed uint16) []*Packet {
	id := n.w.u16()
	u1 := n.raw(to, Datagram{SrcPort: base + 10, DstPort: closed + 1000, Data: zeros(300)})
	u1.ID = 0x1042
	if to.Is6() {
		ie := n.raw(to, ICMP{V6: true, Type: 128, Code: 9, ID: 0xabcd, Data: zeros(120)})
		ie.Ext = append([]uint8{protoHopByHop}, n.Ext...)
		return []*Packet{ie, u1}
	}
	e1 := n.raw(to, ICMP{Type: 8, Code: 9, ID: id, Seq: 295, Data: zeros(120)})
	e1.DF = true
	e2 := n.raw(to, ICMP{Type: 8, ID: id + 1, Seq: 296, Data: zeros(150)})
	e2.TOS = 4
	return []*Packet{e1, e2, u1}
}
