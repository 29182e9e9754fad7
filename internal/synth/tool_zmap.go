package synth

import (
	"net/netip"
)

// ZMap is one run of zmap. Until 4.0 all packets have the identification 54321
// and no options (3.0 on a segment size); since then they look like a system's,
// but for what New says.
type ZMap struct {
	Sender
	New   *Stack // whose options it borrows: nil for zmap 2
	start uint32
}

// ZMap starts zmap on the host.
func (h *Host) ZMap() *ZMap { return &ZMap{Sender: h.sender(), start: uint32(h.w.now / 1e9)} }

// SYN scans one port.
func (z *ZMap) SYN(to []netip.Addr, port uint16) {
	for _, a := range z.w.aims(to, []uint16{port}) {
		s := Segment{SrcPort: uint16(z.w.between(32768, 61000)), DstPort: a.port, Seq: z.w.u32(), Flags: syn, Window: 65535}
		ttl, id := uint8(255), uint16(54321)
		if z.New != nil {
			s.Options = z.New.SYN(1460, z.start)
			ttl, id = 64, z.w.u16()
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

// Echo sends echo requests.
func (z *ZMap) Echo(to []netip.Addr) {
	for _, a := range z.w.aims(to, []uint16{0}) {
		z.shoot(z.packet(a.to, 255, 54321, echo(a.to, z.w.u16(), z.w.u16(), nil)))
	}
}
