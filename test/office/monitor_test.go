package office

import (
	"time"

	"klaxon/internal/synth"
)

// check is a service that the monitoring asks for.
type check struct {
	host *synth.Host
	port uint16
	talk synth.Talk
}

// monitor sets up those who ask again and again whether something is there.
func (o *office) monitor() {
	o.services()
	o.balancer()
	o.cloudChecks()
}

// services checks all servers every five minutes, also two that are gone, which
// nobody took off the list.
func (o *office) services() {
	s := &o.servers
	list := []check{
		{s.dcs[0], 389, synth.Talk{Up: 100, Down: 300}}, {s.dcs[1], 389, synth.Talk{Up: 100, Down: 300}},
		{s.dcs[0], 53, synth.Talk{}}, {s.file, 445, synth.Talk{End: synth.ByReset}}, {s.mail, 25, synth.Talk{Banner: 60, Up: 6, Down: 20}},
		{s.mail, 993, synth.Talk{}}, {s.web, 80, synth.Talk{Up: 100, Down: 900}}, {s.web, 443, synth.Talk{End: synth.ByReset}},
		{s.db, 5432, synth.Talk{End: synth.HalfOpen}}, {s.dmzWeb, 443, synth.Talk{Up: 200, Down: 2000}}, {s.dmzMail, 25, synth.Talk{Banner: 60}},
		{s.retired[1], 443, synth.Talk{}}, {s.retired[2], 22, synth.Talk{}}, {s.pbx, 5060, synth.Talk{End: synth.HalfOpen}},
		{s.git, 3000, synth.Talk{}}, // it moved to 443
	}
	for _, h := range s.all() {
		if h.Stack == synth.Linux && h != s.monitor {
			list = append(list, check{h, 22, synth.Talk{Banner: 40}})
		}
	}
	o.steadily(5*time.Minute, func() {
		o.inTurn(len(list), 2*time.Second, func(i int) {
			c := list[i]
			s.monitor.Ping(c.host.Addr, 1)
			s.monitor.Connect(c.host.Addr, c.port, c.talk)
		})
		for _, p := range o.prints {
			o.ask(s.monitor, p, 161, 80)
		}
	})
	o.steadily(time.Minute, func() { // logs and flows, which nobody answers
		h := pick(o, s.all())
		h.AskFrom(514, s.monitor.Addr, 514, 200)
	})
}

// balancer checks the web pool half-open.
func (o *office) balancer() {
	s := &o.servers
	o.steadily(30*time.Second, func() {
		for i, a := range s.apps {
			end := synth.HalfOpen
			if i%2 == 0 {
				end = synth.ByReset
			}
			s.lb.Connect(a.Addr, 8080, synth.Talk{End: end})
		}
	})
	o.often(time.Minute, func() { s.lb.Connect(pick(o, s.apps).Addr, 8080, synth.Talk{Up: 500, Down: 3000}) })
}

// cloudChecks are those of a provider outside: from many places, whole and
// half-open, to what the office shows the world.
func (o *office) cloudChecks() {
	s := &o.servers
	for i := range 12 {
		from := o.Host(o.Anywhere().String())
		o.steadily(2*time.Minute, func() {
			switch i % 4 {
			case 0:
				from.Connect(s.dmzMail.Addr, 25, synth.Talk{End: synth.HalfOpen})
				from.Connect(s.dmzMail.Addr, 443, synth.Talk{End: synth.HalfOpen})
			case 1:
				from.Connect(s.dmzWeb.Addr, 443, synth.Talk{End: synth.ByReset})
				from.Ping(s.dmzWeb.Addr, 1)
			default:
				from.Connect(s.dmzWeb.Addr, 443, synth.Talk{Up: 200, Down: 2000})
				from.Connect(s.dmzWeb.Addr, 80, synth.Talk{Up: 200, Down: 200})
			}
		})
	}
	six := o.Host("2001:db8:77::5")
	o.steadily(2*time.Minute, func() { six.Connect(s.dmzWeb6.Addr, 443, synth.Talk{End: synth.ByReset}) })
}
