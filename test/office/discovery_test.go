package office

import (
	"net/netip"
	"time"

	"klaxon/internal/synth"
)

// discovery is done by two who are known to scan: the agent of a security product
// on three ordinary machines, and the inventory. Both are declared and may ring.
func (o *office) discovery() {
	for i := range 3 {
		p := o.pcs[i]
		o.declare(p.h)
		o.steadily(6*time.Hour, func() {
			if p.on {
				o.discover(p.h)
			}
		})
	}
	inv := o.servers.inventory
	o.declare(inv)
	o.daily(3*time.Hour, 10*time.Minute, func() {
		o.inTurn(254, 400*time.Millisecond, func(i int) { o.takeStock(inv, o.lan.Addr(i+1)) })
		o.After(5*time.Minute, func() {
			o.inTurn(100, 400*time.Millisecond, func(i int) { o.takeStock(inv, synth.Nth(netip.MustParsePrefix(floor2), i+1)) })
		})
	})
}

func (o *office) declare(h *synth.Host) { o.scanners[h.Addr] = true }

// discover asks all of the link whether they are there, and some what they are.
func (o *office) discover(h *synth.Host) {
	o.inTurn(254, 50*time.Millisecond, func(i int) {
		a := o.lan.Addr(i + 1)
		h.WhoHas(a, 1)
		if o.chance(.2) {
			h.AskFrom(137, a, 137, 50)
			h.AskFrom(50100, a, 161, 60)
			for _, port := range []uint16{22, 80, 443, 445, 3389} {
				h.Connect(a, port, synth.Talk{Fast: true, End: synth.ByReset})
			}
		}
	})
}

func (o *office) takeStock(h *synth.Host, a netip.Addr) {
	if !h.Ping(a, 1) {
		return
	}
	h.AskFrom(50100, a, 161, 60)
	for _, port := range []uint16{22, 135, 443, 5985} {
		h.Connect(a, port, synth.Talk{Banner: 40, Up: 100, Down: 300, Fast: true})
	}
}
