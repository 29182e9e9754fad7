package office

import (
	"fmt"
	"net/netip"
	"time"

	"klaxon/internal/synth"
)

// site is a server on the Internet, with an address of each version if it has
// both. Some are dead, some refuse, and some have closed their old port.
type site struct {
	host, host6 *synth.Host
	quic        bool
}

// internet makes the sites that people visit, and the name servers.
func (o *office) internet() {
	for i := range 3000 {
		s := &site{host: o.Host(o.Anywhere().String())}
		s.host.Open(443)
		switch r := o.Rand().Float64(); {
		case i > 50 && r < .02:
			s.host.Close(443).Firewalled()
		case i > 50 && r < .03:
			s.host.Close(443)
		case r < .5:
			s.host.Open(80)
		}
		if o.chance(.3) {
			s.host.Firewalled()
		}
		if o.chance(.35) {
			s.host6 = o.Host(synth.Nth(netip.MustParsePrefix(fmt.Sprintf("2001:db8:%x::/64", 0x1000+i)), 1).String()).Open(80, 443)
			if o.chance(.03) {
				s.host6.Close(443).Firewalled()
			}
		}
		if o.chance(.4) {
			s.quic = true
			s.host.OpenUDP(1200, 443)
		}
		o.sites = append(o.sites, s)
	}
	for i := range 300 {
		mx := o.Host(o.Anywhere().String()).Open(25)
		switch r := o.Rand().Float64(); {
		case i > 20 && r < .06:
			mx.Close(25).Firewalled()
		case i > 20 && r < .09:
			mx.Close(25)
		}
		o.mx = append(o.mx, mx)
	}
	for range 400 {
		n := o.Host(o.Anywhere().String()).OpenUDP(200, 53, 123)
		if o.chance(.05) {
			n.Asleep()
		}
		o.names = append(o.names, n)
	}
}

// resolve looks a name up: with a domain controller, who asks outside for some.
func (o *office) resolve(h *synth.Host) {
	dc := pick(o, o.servers.dcs)
	o.ask(h, dc, 53, 40)
	for o.chance(.25) {
		o.ask(dc, popular(o, o.names), 53, 40)
	}
}

// fetch lets a host connect to a service of a site.
func (o *office) fetch(h *synth.Host, s *site, port uint16) {
	t := synth.Talk{Up: 500, Down: 5000, Lasts: o.gap(5 * time.Second)}
	switch {
	case o.chance(.1):
		t.End = synth.ByReset
	case o.chance(.3):
		t.End = synth.ByServer
	}
	h.Connect(s.host.Addr, port, t)
}
