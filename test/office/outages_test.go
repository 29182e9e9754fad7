package office

import (
	"net/netip"
	"time"

	"klaxon/internal/synth"
)

// outages are the minutes in which something that all rely on is away, and what
// everybody does fails.
func (o *office) outages() {
	s := &o.servers
	o.daily(14*hour, 2*hour, func() { // on some days
		switch o.Rand().IntN(4) {
		case 0:
			o.away(o.About(6*time.Minute), s.file)
		case 1: // a service is restarted, and refuses
			s.mail.Close(993)
			o.After(o.About(5*time.Minute), func() { s.mail.Open(993) })
		case 2: // the line to the Internet
			var all []*synth.Host
			for _, x := range o.sites {
				all = append(all, x.host)
			}
			o.away(o.About(6*time.Minute), append(append(all, o.names...), o.mx...)...)
		case 3: // the line for IPv6 alone, which people do not notice
			var all []*synth.Host
			for _, x := range o.sites {
				if x.host6 != nil {
					all = append(all, x.host6)
				}
			}
			o.away(o.About(time.Hour), all...)
		}
	})
}

// away lets hosts be unreachable for a time.
func (o *office) away(d time.Duration, hosts ...*synth.Host) {
	for _, h := range hosts {
		h.Asleep()
	}
	o.After(d, func() {
		for _, h := range hosts {
			h.Wake()
		}
	})
}

// crawl is a program that looks weekly whether the links of the intranet still
// lead anywhere: some do not.
func (o *office) crawl() {
	o.daily(4*hour, 0, func() {
		if o.Now().Weekday() != time.Saturday {
			return
		}
		o.inTurn(800, 5*time.Second, func(int) {
			o.resolve(o.servers.web)
			if o.chance(.06) {
				o.servers.web.Connect(o.Anywhere(), pick(o, []uint16{80, 443}), synth.Talk{})
				return
			}
			o.fetch(o.servers.web, pick(o, o.sites), pick(o, []uint16{80, 443, 443, 443}))
		})
	})
}

// sharing is a program of one of the staff that exchanges files with peers: each
// at a port of its own, and half of them gone.
func (o *office) sharing() {
	p := o.pcs[len(o.pcs)-3]
	o.often(o.pace, func() {
		if !p.on {
			return
		}
		peer := o.Host(o.Anywhere().String())
		port := uint16(1024 + o.Rand().IntN(64000))
		switch o.Rand().IntN(4) {
		case 0:
			peer.Firewalled()
		case 1:
			peer.Open(port).OpenUDP(300, port)
		case 2:
			peer.OpenUDP(300, port)
		}
		if o.chance(.5) {
			p.h.AskFrom(51413, peer.Addr, port, 100)
			return
		}
		p.h.Connect(peer.Addr, port, synth.Talk{Up: 100, Down: 9000})
	})
}

// swept is a sweep of the first floor from outside over IPv6, of which the router
// asks for every address in its own name.
func (o *office) swept() {
	h := o.Host("2001:db8:bad::77")
	o.declare(h)
	o.daily(20*hour, hour, func() {
		z := h.Nmap()
		z.Tries = 1
		z.Echo(synth.Range(floor16, 300, 500))
	})
}

// network is what a laptop asks the router for when it wakes (RFC 6886), who
// does not know of it.
func (o *office) network(p *pc) {
	if p.laptop && p.h.Stack == synth.Mac {
		p.h.AskFrom(5350, netip.MustParseAddr("10.1.0.1"), 5351, 2)
	}
}
