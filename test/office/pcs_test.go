package office

import (
	"net/netip"
	"time"

	"klaxon/internal/synth"
)

// pc is somebody's machine.
type pc struct {
	h, h6   *synth.Host // its addresses: IPv4, and the stable one of IPv6 on the first floor
	private *synth.Host // the privacy address of the day, nil for none
	laptop  bool
	allDay  bool // it is never switched off
	on      bool
	session int
	friends []*pc // those it found for deliveries
}

// populate gives a machine to everybody.
func (o *office) populate() {
	for i := range 70 {
		p := o.machine(o.lan.Addr(80+i), i)
		p.h6 = o.Host(o.lan6.Addr(80 + i).String()).Runs(p.h.Stack)
		p.h6.MAC = p.h.MAC
		p.h6.Asleep()
	}
	for i := range 60 {
		o.machine(synth.Nth(netip.MustParsePrefix(floor2), 10+i), i)
	}
}

func (o *office) machine(a netip.Addr, i int) *pc {
	p := &pc{h: o.Host(a.String()).Runs(synth.Windows).Open(135, 445, 7680), laptop: i%3 == 1, allDay: i%3 == 0}
	p.h.Away = 400 * time.Microsecond
	switch {
	case i%10 == 4:
		p.h.Runs(synth.Mac).Close(135, 445, 7680)
	case i%10 == 7:
		p.h.Runs(synth.Linux).Close(135, 445, 7680).Open(22)
	case i%2 == 0:
		p.h.Firewalled()
	}
	p.h.Open(10001) // the agent of the backup
	o.pcs = append(o.pcs, p)
	p.h.Asleep()
	o.workdays(p)
	return p
}

// workdays switches it on in the morning and off in the evening; laptops sleep
// at noon, too.
func (o *office) workdays(p *pc) {
	if p.allDay {
		o.After(o.gap(time.Minute), func() { o.wake(p) })
		return
	}
	o.daily(8*time.Hour+30*time.Minute, 90*time.Minute, func() {
		if !o.weekend() && o.chance(.92) {
			o.wake(p)
		}
	})
	if p.laptop {
		o.daily(12*time.Hour, 30*time.Minute, func() { o.sleep(p) })
		o.daily(13*time.Hour, 20*time.Minute, func() {
			if !o.weekend() && o.chance(.85) {
				o.wake(p)
			}
		})
	}
	o.daily(17*time.Hour+30*time.Minute, 90*time.Minute, func() { o.sleep(p) })
}

func (o *office) wake(p *pc) {
	if p.on {
		return
	}
	p.on = true
	p.session++
	p.h.Wake()
	o.lease(p)
	o.network(p)
	o.logon(p)
	if p.h6 != nil {
		p.h6.Wake()
		o.private(p)
	}
	mine := p.session
	o.oftenWhile(o.pace, func() bool { return p.on && p.session == mine }, func() { o.work(p) })
}

func (o *office) sleep(p *pc) {
	if !p.on {
		return
	}
	p.on = false
	p.h.Asleep()
	if p.h6 != nil {
		p.h6.Asleep()
		p.private.Asleep()
	}
	for range 3 { // whoever it talked to ends what is left, and gets no answer
		from := popular(o, o.sites).host
		o.After(o.gap(10*time.Minute), func() { from.Say(p.h.Addr, o.leftover(443, synth.Windows)) })
	}
}

// private takes a privacy address (RFC 8981): anew for every day.
func (o *office) private(p *pc) {
	b := o.lan6.Addr(0).As16()
	for i := 8; i < 16; i++ {
		b[i] = byte(o.Rand().Uint32())
	}
	b[8] &^= 2
	a := netip.AddrFrom16(b)
	p.private = o.Host(a.String()).Runs(p.h.Stack)
	p.private.MAC = p.h.MAC
	o.duplicate(p, a)
}

// work is one of the things that people do.
func (o *office) work(p *pc) {
	if p.allDay && (o.weekend() || o.Now().Hour() < 8 || o.Now().Hour() > 18) && !o.chance(.15) {
		return // nobody is there: the machine alone does little
	}
	s := &o.servers
	switch r := o.Rand().IntN(1000); {
	case r < 400:
		o.browse(p)
	case r < 550:
		p.h.Connect(s.mail.Addr, 993, synth.Talk{Banner: 60, Up: 400, Down: 3000})
	case r < 680:
		p.h.Connect(s.file.Addr, 445, synth.Talk{Up: 900, Down: 9000, End: synth.ByReset})
		if o.chance(.02) { // who is it?
			o.After(time.Second, func() { s.file.AskFrom(137, p.h.Addr, 137, 50) })
		}
	case r < 780:
		o.domain(p)
	case r < 860:
		o.resolve(p.h)
		p.h.Connect(s.web.Addr, pick(o, []uint16{80, 443, 443}), synth.Talk{Up: 400, Down: 4000})
	case r < 890:
		o.printOut(p)
	case r < 900:
		o.ask(p.h, pick(o, s.dcs), 123, 48)
	case r < 906:
		o.peers(p)
	case r < 950:
		o.shout(p)
	case r < 960:
		o.meeting(p)
	case r < 963:
		o.mistake(p)
	default:
		o.resolve(p.h)
	}
}

// browse visits a page that is made of the parts of some sites.
func (o *office) browse(p *pc) {
	for range 1 + o.Rand().IntN(4) {
		s := popular(o, o.sites)
		o.resolve(p.h)
		switch {
		case p.private != nil && s.host6 != nil:
			// Whichever version connects first is used (RFC 8305).
			p.private.Connect(s.host6.Addr, 443, synth.Talk{Up: 500, Down: 5000, Lasts: o.gap(5 * time.Second)})
			if o.chance(.1) {
				o.fetch(p.h, s, 443)
			}
		case s.quic && o.chance(.5):
			o.ask(p.h, s.host, 443, 1200)
		case o.chance(.1):
			o.fetch(p.h, s, 80)
		default:
			o.fetch(p.h, s, 443)
		}
	}
}

// domain is what members of a domain do without being told.
func (o *office) domain(p *pc) {
	dc := pick(o, o.servers.dcs)
	switch o.Rand().IntN(5) {
	case 0:
		p.h.Connect(dc.Addr, 88, synth.Talk{Up: 250, Down: 1500})
	case 1:
		o.ask(p.h, dc, 389, 160)
		p.h.Connect(dc.Addr, 389, synth.Talk{Up: 500, Down: 3000})
	case 2:
		p.h.Connect(dc.Addr, 445, synth.Talk{Up: 900, Down: 2000, End: synth.ByReset})
	case 3:
		p.h.Connect(dc.Addr, 135, synth.Talk{Up: 200, Down: 300})
		p.h.Connect(dc.Addr, pick(o, []uint16{49667, 49670}), synth.Talk{Up: 900, Down: 900})
	case 4:
		o.ask(p.h, dc, 88, 250)
	}
}

// logon is what happens when a machine of the domain starts.
func (o *office) logon(p *pc) {
	o.inTurn(6, 3*time.Second, func(int) { o.resolve(p.h); o.domain(p) })
	o.After(20*time.Second, func() {
		p.h.Connect(o.servers.wsus.Addr, 8530, synth.Talk{Up: 400, Down: 4000})
		if o.chance(.5) { // a drive of a server that is gone
			p.h.Connect(o.servers.retired[0].Addr, 445, synth.Talk{})
		}
		for range 2 { // ends of what yesterday began
			p.h.Say(popular(o, o.sites).host.Addr, o.leftover(uint16(50000+o.Rand().IntN(9000)), p.h.Stack))
		}
	})
}

// printOut prints, and looks how the printer is.
func (o *office) printOut(p *pc) {
	printer := popular(o, o.prints)
	o.ask(p.h, printer, 161, 80)
	if p.h.Stack == synth.Mac {
		p.h.Connect(printer.Addr, 631, synth.Talk{Up: 9000, Down: 300})
		return
	}
	p.h.Connect(printer.Addr, 9100, synth.Talk{Up: 9000})
	if o.chance(.1) {
		p.h.Connect(printer.Addr, 80, synth.Talk{Up: 300, Down: 3000})
	}
}

// peers looks for machines that have what is to be downloaded: it is told of
// those that were there lately, and some sleep by now.
func (o *office) peers(p *pc) {
	if p.h.Stack != synth.Windows {
		return
	}
	if len(p.friends) == 0 || o.chance(.3) {
		p.friends = p.friends[:0]
		for range 4 {
			if q := pick(o, o.pcs); q != p && q.h.Stack == synth.Windows && (q.on || o.chance(.3)) {
				p.friends = append(p.friends, q)
			}
		}
	}
	for _, q := range p.friends {
		p.h.Connect(q.h.Addr, 7680, synth.Talk{Up: 300, Down: 5000, Fast: o.chance(.5)})
	}
}

// meeting is a video call: two services of a provider, and peers that cannot be
// reached by the private addresses they tell (RFC 8445).
func (o *office) meeting(p *pc) {
	relay := o.names[o.Rand().IntN(10)]
	from := uint16(50000 + o.Rand().IntN(500))
	relay.OpenUDP(100, 3478)
	p.h.AskFrom(from, relay.Addr, 3478, 20)
	for range o.Rand().IntN(4) {
		away := netip.AddrFrom4([4]byte{192, 168, byte(o.Rand().IntN(3)), byte(2 + o.Rand().IntN(200))})
		p.h.Stream(from, away, uint16(49152+o.Rand().IntN(16000)), 100, 7, 500*time.Millisecond)
	}
	p.h.Stream(from, relay.Addr, 3478, 200, 20, 2*time.Second)
	relay.Stream(3478, p.h.Addr, from, 900, 20, 2*time.Second)
}

// mistake is a wrong address or a wrong port.
func (o *office) mistake(p *pc) {
	switch o.Rand().IntN(3) {
	case 0:
		p.h.Connect(pick(o, o.servers.all()).Addr, pick(o, []uint16{22, 80, 443, 3389, 8080, 8443, 5900}), synth.Talk{Up: 300, Down: 900})
	case 1:
		p.h.Connect(pick(o, o.pcs).h.Addr, 3389, synth.Talk{})
	case 2:
		p.h.Connect(o.Anywhere(), 443, synth.Talk{})
	}
}
