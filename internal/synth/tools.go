package synth

import (
	"encoding/binary"
	"net/netip"
	"time"

	"klaxon/internal/decode"
)

// Unicornscan scans with SYNs whose sequence number is a key, exclusively ored
// with target and ports.
func (h *Host) Unicornscan(to []netip.Addr, ports []uint16) {
	s, key := h.sender(), h.w.u32()
	for _, a := range h.w.aims(to, ports) {
		v := a.to.As4()
		from := uint16(h.w.between(1025, 65000))
		seq := key ^ binary.LittleEndian.Uint32(v[:]) ^ (uint32(a.port)<<16 | uint32(from))
		s.shoot(s.packet(a.to, 255, h.w.u16(), Segment{SrcPort: from, DstPort: a.port, Seq: seq, Flags: syn, Window: 4128, Options: options(mss(1460))}))
	}
}

// Mirai looks for telnet as its bots do: the sequence number is the target.
func (h *Host) Mirai(to []netip.Addr) {
	s, window, from := h.sender(), h.w.u16(), h.w.u16()|1024
	s.Pace = 6 * time.Millisecond
	for i, a := range h.w.aims(to, []uint16{23}) {
		if i%10 == 9 {
			a.port = 2323
		}
		v := a.to.As4()
		s.shoot(s.packet(a.to, 64, h.w.u16(), Segment{SrcPort: from, DstPort: a.port, Seq: binary.BigEndian.Uint32(v[:]), Flags: syn, Window: window}))
	}
}

// Hping3 counts its source port up, and sets the acknowledgement of a SYN.
func (h *Host) Hping3(to netip.Addr, ports []uint16, flags decode.Flags) {
	s, from := h.sender(), uint16(h.w.between(1024, 3023))
	s.Pace = 100 * time.Millisecond
	for i, p := range ports {
		s.shoot(s.packet(to, 64, h.w.u16(), Segment{SrcPort: from + uint16(i), DstPort: p, Seq: h.w.u32(), Ack: h.w.u32(), Flags: flags, Window: 512}))
	}
}

// Naabu counts its sequence number up from 0.
func (h *Host) Naabu(to []netip.Addr, ports []uint16) {
	s, from := h.sender(), uint16(h.w.between(20000, 60000))
	for i, a := range h.w.aims(to, ports) {
		s.shoot(s.packet(a.to, 255, 0, Segment{SrcPort: from, DstPort: a.port, Seq: uint32(i), Flags: syn, Window: 1024, Options: options(mss(1460))}))
	}
}

// Scapy leaves everything as it is by default.
func (h *Host) Scapy(to []netip.Addr, ports []uint16) {
	s := h.sender()
	s.Pace = 5 * time.Millisecond
	for _, a := range h.w.aims(to, ports) {
		s.shoot(s.packet(a.to, 64, 1, Segment{SrcPort: 20, DstPort: a.port, Flags: syn, Window: 8192}))
	}
}

// Xprobe2 asks in many ways what system a host runs.
func (h *Host) Xprobe2(to netip.Addr) {
	s := h.sender()
	s.Pace = 50 * time.Millisecond
	id := h.w.u16()
	for _, b := range []Body{
		ICMP{Type: 8, Code: 123, ID: id, Seq: 1, Data: zeros(32)},
		ICMP{Type: 13, ID: id, Seq: 2, Data: zeros(12)},
		ICMP{Type: 17, ID: id, Seq: 3, Data: zeros(4)},
		Datagram{SrcPort: 53, DstPort: 65534, Data: zeros(70)},
		Segment{SrcPort: uint16(h.w.between(10000, 60000)), DstPort: 65535, Seq: h.w.u32(), Flags: syn, Window: 6840},
	} {
		s.shoot(s.packet(to, 64, h.w.u16(), b))
	}
}

// Custom sends SYNs of one's own making: no options, another source port,
// sequence number and window every time.
func (h *Host) Custom(to []netip.Addr, ports []uint16, pace time.Duration) {
	s := h.sender()
	s.Pace = pace
	for _, a := range h.w.aims(to, ports) {
		s.shoot(s.packet(a.to, 64, h.w.u16(), Segment{SrcPort: uint16(h.w.between(1024, 65535)), DstPort: a.port, Seq: h.w.u32(), Flags: syn, Window: uint16(h.w.between(1, 65000))}))
	}
}

// Flood sends n SYNs without options to a port, each from an address of its own
// if that is wanted.
func (h *Host) Flood(to netip.Addr, port uint16, n int, pace time.Duration, from func() netip.Addr) {
	s := h.sender()
	s.Pace = pace
	for range n {
		p := s.packet(to, 64, h.w.u16(), Segment{SrcPort: uint16(h.w.between(1024, 65535)), DstPort: port, Seq: h.w.u32(), Flags: syn, Window: 512})
		if from != nil {
			p.Src = from()
		}
		s.shoot(p)
	}
}

// Anywhere is an address somewhere on the Internet.
func (w *World) Anywhere() netip.Addr {
	for {
		a := netip.AddrFrom4([4]byte{byte(w.between(1, 223)), byte(w.u16()), byte(w.u16()), byte(w.between(1, 254))})
		if !a.IsPrivate() && !a.IsLoopback() && w.hosts[a] == nil && w.lanOf(a) == nil {
			return a
		}
	}
}
