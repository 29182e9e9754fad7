package office

import (
	"time"

	"klaxon/internal/synth"
)

// remote is work from home: the addresses of the VPN go from one person to the
// next, with whatever system that one has.
func (o *office) remote() {
	systems := []*synth.Stack{synth.Windows, synth.Windows, synth.Mac, synth.Linux}
	for i := range 16 {
		h := o.routed(pool, 10+i).Asleep()
		p := &pc{h: h}
		o.often(10*time.Hour, func() {
			if p.on {
				return
			}
			p.on = true
			p.session++
			h.Runs(pick(o, systems)).Wake().Firewalled()
			mine := p.session
			o.oftenWhile(2*o.pace, func() bool { return p.session == mine && p.on }, func() { o.work(p) })
			o.After(o.gap(3*time.Hour), func() { o.hangUp(p) })
		})
	}
}

// hangUp ends a session. Servers still talk to whoever has the address next.
func (o *office) hangUp(p *pc) {
	p.on = false
	p.h.Asleep()
	for _, s := range []*synth.Host{o.servers.file, o.servers.mail} {
		o.After(o.gap(time.Hour), func() { s.Say(p.h.Addr, o.leftover(443, s.Stack)) })
	}
}
