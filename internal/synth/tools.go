package synth

import (
	"net/netip"
	"time"

	"klaxon/internal/decode"
)

// Unicornscan scans with its default profile.
func (h *Host) Unicornscan(to []netip.Addr, ports []uint16) { h.Unicorn().SYN(to, ports) }

// Mirai looks for telnet as its bots do.
func (h *Host) Mirai(to []netip.Addr) { h.Bot().SYN(to) }

// Hping3 counts its source port up.
func (h *Host) Hping3(to netip.Addr, ports []uint16, flags decode.Flags) {
	h.Hping().Send(to, ports, flags)
}

// Naabu scans with nothing in between.
func (h *Host) Naabu(to []netip.Addr, ports []uint16) { h.Counter().SYN(to, ports) }

// Scapy leaves everything as it is by default, but for the flags and the port.
func (h *Host) Scapy(to []netip.Addr, ports []uint16) {
	h.ScapyFlags(to, ports, syn, 5*time.Millisecond)
}

// ScapyFlags is Scapy with other flags, at a pace of its user.
func (h *Host) ScapyFlags(to []netip.Addr, ports []uint16, flags decode.Flags, pace time.Duration) {
	s := h.sender()
	s.Pace = pace
	for _, a := range h.w.aims(to, ports) {
		s.shoot(s.packet(a.to, 64, 1, Segment{SrcPort: 20, DstPort: a.port, Flags: flags, Window: 8192}))
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
