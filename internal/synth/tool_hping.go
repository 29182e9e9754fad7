package synth

import (
	"net/netip"
	"time"

	"klaxon/internal/decode"
)

// Hping is one run of hping3: no options, a window of 512 bytes, an
// acknowledgement that is set whatever the flags are, and a source port that
// counts up.
type Hping struct {
	Sender
	Scan bool // (--scan): one source port for all
	from uint16
}

// Hping starts it.
func (h *Host) Hping() *Hping {
	p := &Hping{Sender: h.sender(), from: uint16(h.w.between(1024, 3023))}
	p.Pace = 100 * time.Millisecond
	return p
}

// Send probes the ports of a host one after the other.
func (p *Hping) Send(to netip.Addr, ports []uint16, flags decode.Flags) {
	for _, port := range ports {
		p.shoot(p.packet(to, 64, p.w.u16(), Segment{SrcPort: p.from, DstPort: port, Seq: p.w.u32(), Ack: p.w.u32(), Flags: flags, Window: 512}))
		if !p.Scan {
			p.from++
		}
	}
}
