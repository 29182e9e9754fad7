package synth

import (
	"net/netip"
)

// Masscan is one run of masscan: one source port, a sequence number that is a
// keyed hash of the target, and an identification that is computed from it.
type Masscan struct {
	Sender
	Old  bool // before 1.3: no option at all
	key  uint32
	from uint16
}

// Masscan starts masscan on the host.
func (h *Host) Masscan() *Masscan {
	return &Masscan{Sender: h.sender(), key: h.w.u32(), from: uint16(h.w.between(40000, 59999))}
}

// low16 is the last half of an IPv4 address.
func low16(a netip.Addr) uint16 {
	v := a.AsSlice()
	return uint16(v[len(v)-2])<<8 | uint16(v[len(v)-1])
}

// cookie stands for SipHash: it is another number for every target.
func (m *Masscan) cookie(a aim) uint32 {
	x := m.key ^ uint32(a.port)*2654435761
	for _, b := range a.to.AsSlice() {
		x = (x ^ uint32(b)) * 16777619
	}
	return x ^ x>>15
}

// SYN scans.
func (m *Masscan) SYN(to []netip.Addr, ports []uint16) {
	for _, a := range m.w.aims(to, ports) {
		seq := m.cookie(a)
		s := Segment{SrcPort: m.from, DstPort: a.port, Seq: seq, Flags: syn, Window: 1024}
		if !m.Old {
			s.Options = options(mss(1460))
		}
		m.shoot(m.packet(a.to, 255, low16(a.to)^a.port^uint16(seq), s))
	}
}

// UDP scans.
func (m *Masscan) UDP(to []netip.Addr, ports []uint16) {
	for _, a := range m.w.aims(to, ports) {
		m.shoot(m.packet(a.to, 255, low16(a.to)^a.port^uint16(m.cookie(a)), Datagram{SrcPort: m.from, DstPort: a.port, Data: zeros(payloads[a.port])}))
	}
}

// Echo is --ping: identifier and number are of the hash.
func (m *Masscan) Echo(to []netip.Addr) {
	for _, a := range m.w.aims(to, []uint16{0}) {
		c := m.cookie(a)
		m.shoot(m.packet(a.to, 255, low16(a.to)^uint16(c), echo(a.to, uint16(c>>16), uint16(c), zeros(48))))
	}
}
