package synth

import (
	"encoding/binary"
	"net/netip"
	"time"
)

// Bot is Mirai, or one of its kin: the sequence number is the target. Window and
// source port are drawn once for each process.
type Bot struct {
	Sender
	Ports  []uint16 // one in ten probes is of another than the first
	window uint16
	from   uint16
}

// Bot starts one that looks for telnet.
func (h *Host) Bot() *Bot {
	b := &Bot{Sender: h.sender(), Ports: []uint16{23, 2323}, window: h.w.u16(), from: h.w.u16() | 1024}
	b.Pace = 6 * time.Millisecond
	return b
}

// SYN probes each target once.
func (b *Bot) SYN(to []netip.Addr) {
	for i, a := range b.w.aims(to, b.Ports[:1]) {
		if i%10 == 9 {
			a.port = b.Ports[1+i/10%(len(b.Ports)-1)]
		}
		v := a.to.As4()
		b.shoot(b.packet(a.to, 64, b.w.u16(), Segment{SrcPort: b.from, DstPort: a.port, Seq: binary.BigEndian.Uint32(v[:]), Flags: syn, Window: b.window}))
	}
}
