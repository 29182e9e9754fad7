package office

import (
	"net/netip"
	"time"

	"klaxon/internal/decode"
	"klaxon/internal/synth"
)

// wanted are the ports that strangers on the Internet look for.
var wanted = []uint16{23, 22, 80, 8080, 443, 3389, 445, 2323, 5900, 1433, 6379, 8443, 5060, 21, 25, 3306, 5555, 7547, 81, 8088}

// passersBy are the scanners of the Internet, who try every address. They are
// scans and may be told. What comes from those whom somebody attacks under false
// addresses of ours is none.
func (o *office) passersBy() {
	o.often(90*time.Second, func() { o.passBy() })
	o.often(20*time.Minute, func() {
		victim := o.Host(o.Anywhere().String())
		flags := pick(o, []decode.Flags{decode.SYN | decode.ACK, decode.RST | decode.ACK, decode.RST})
		for range 1 + o.Rand().IntN(12) {
			victim.Say(o.shown(), synth.Segment{SrcPort: 80, DstPort: uint16(1024 + o.Rand().IntN(60000)), Seq: o.Rand().Uint32(), Ack: o.Rand().Uint32(), Flags: flags, Window: 5840})
		}
	})
}

// shown is any of the addresses that the office shows the world.
func (o *office) shown() netip.Addr {
	return synth.Nth(netip.MustParsePrefix(dmz), 1+o.Rand().IntN(62))
}

func (o *office) passBy() {
	h := o.Host(o.Anywhere().String())
	o.declare(h)
	port := popular(o, wanted)
	switch r := o.Rand().IntN(100); {
	case r < 60:
		m := h.Masscan()
		m.SYN([]netip.Addr{o.shown()}, []uint16{port})
	case r < 75:
		h.Mirai([]netip.Addr{o.shown(), o.shown(), o.shown()})
	case r < 85:
		h.ZMap().SYN([]netip.Addr{o.shown()}, port)
	case r < 95:
		h.Connect(o.shown(), port, synth.Talk{Up: 100, Down: 300})
	case r < 98:
		h.Masscan().SYN(synth.Range(dmz, 1, 62), []uint16{port})
	default:
		h.Ping(o.shown(), 1)
	}
}
