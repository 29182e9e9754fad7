package synth

import (
	"net/netip"
)

// ZMap is one run of zmap. Until 4.0 all packets have the identification 54321
// and no options (3.0 on a segment size); since then they look like a system's,
// but for what New says.
type ZMap struct {
	Sender
	New   *Stack // whose options it borrows: nil for those before 4.1
	MSS   bool   // 3.0 and 4.0 sent a segment size
	TTL   uint8  // 0 for that of the version: 64 since 4.1.1, else 255
	start uint32
}

// ZMap starts zmap on the host.
func (h *Host) ZMap() *ZMap { return &ZMap{Sender: h.sender(), start: uint32(h.w.now / 1e9)} }

// SYN scans one port.
func (z *ZMap) SYN(to []netip.Addr, port uint16) { z.SYNs(to, []uint16{port}) }

// SYNs scans several, as it can since 4.0.
func (z *ZMap) SYNs(to []netip.Addr, ports []uint16) {
	for _, a := range z.w.aims(to, ports) {
		s := Segment{SrcPort: uint16(z.w.between(32768, 61000)), DstPort: a.port, Seq: z.w.u32(), Flags: syn, Window: 65535}
		ttl, id := uint8(255), uint16(54321)
		if z.MSS {
			s.Options = options(mss(1460))
		}
		if z.New != nil {
			s.Options = z.New.SYN(1460, z.start)
			ttl, id = 64, z.w.u16()
		}
		if z.TTL != 0 {
			ttl = z.TTL
		}
		z.shoot(z.packet(a.to, ttl, id, s))
	}
}

// UDP sends a datagram to one port.
func (z *ZMap) UDP(to []netip.Addr, port uint16) {
	for _, a := range z.w.aims(to, []uint16{port}) {
		z.shoot(z.packet(a.to, 255, 54321, Datagram{SrcPort: uint16(z.w.between(32768, 61000)), DstPort: a.port, Data: []byte("GET / HTTP/1.1\r\n\r\n")}))
	}
}

// Echo sends echo requests; version 2 numbers all of them 0.
func (z *ZMap) Echo(to []netip.Addr) {
	for _, a := range z.w.aims(to, []uint16{0}) {
		number, id := uint16(0), uint16(54321)
		if z.MSS || z.New != nil {
			number = z.w.u16()
		}
		if z.New != nil {
			id = z.w.u16()
		}
		z.shoot(z.packet(a.to, 255, id, echo(a.to, z.w.u16(), number, zeros(12))))
	}
}
