package synth

import "net/netip"

// Counter is one run of naabu, whose sequence numbers count up from 0.
type Counter struct {
	Sender
	Elsewhere int // how many probes go to other networks between two of these, on average
	from      uint16
	seq       uint32
}

// Counter starts naabu.
func (h *Host) Counter() *Counter {
	return &Counter{Sender: h.sender(), from: uint16(h.w.between(20000, 60000))}
}

// SYN scans.
func (c *Counter) SYN(to []netip.Addr, ports []uint16) {
	for _, a := range c.w.aims(to, ports) {
		c.shoot(c.packet(a.to, 255, 0, Segment{SrcPort: c.from, DstPort: a.port, Seq: c.seq, Flags: syn, Window: 1024, Options: options(mss(1460))}))
		c.seq++
		if c.Elsewhere > 0 {
			c.seq += uint32(c.w.between(0, 2*c.Elsewhere))
		}
	}
}
