package office

import (
	"net/netip"
	"time"

	"klaxon/internal/synth"
)

// servers are the machines that others know by name.
type servers struct {
	dcs                                  []*synth.Host
	file, mail, web, db, backup, monitor *synth.Host
	pbx, print, wsus, inventory, nvr, lb *synth.Host
	git, ci                              *synth.Host
	apps, nodes, cameras                 []*synth.Host
	dmzWeb, dmzMail, dmzVPN, dmzSIP      *synth.Host
	dmzWeb6                              *synth.Host
	retired                              []*synth.Host // gone, but still in somebody's list
}

// all is those of the first floor.
func (s *servers) all() []*synth.Host {
	list := []*synth.Host{s.file, s.mail, s.web, s.db, s.backup, s.monitor, s.pbx, s.print, s.wsus, s.inventory, s.nvr, s.lb, s.git, s.ci}
	return append(append(append(list, s.dcs...), s.apps...), s.nodes...)
}

// hire sets up the servers.
func (o *office) hire() {
	s, next := &o.servers, o.lan.Host
	for range 2 {
		s.dcs = append(s.dcs, next().Runs(synth.Windows).Open(53, 88, 135, 139, 389, 445, 464, 636, 3268, 3389, 9389, 49667, 49670).
			OpenUDP(150, 53, 88, 123, 137, 389))
	}
	s.file = next().Runs(synth.Windows).Open(135, 139, 445, 3389, 5985)
	s.mail = next().Open(22, 25, 143, 443, 587, 993)
	s.web = next().Open(22, 80, 443)
	s.db = next().Open(22, 5432)
	s.backup = next().Open(22)
	s.monitor = next().Open(22, 80, 443).OpenUDP(0, 162, 514)
	s.pbx = next().Open(22, 443, 5060).OpenUDP(300, 5060)
	s.print = next().Runs(synth.Windows).Open(135, 139, 445, 3389, 49668)
	s.wsus = next().Runs(synth.Windows).Open(135, 445, 3389, 8530)
	s.inventory, s.nvr, s.lb = next().Open(22), next().Open(22, 80), next().Open(22, 443)
	s.git, s.ci = next().Open(22, 443), next().Open(22, 443)
	for range 6 {
		s.apps = append(s.apps, next().Open(22, 8080, 9100))
	}
	for range 4 {
		s.nodes = append(s.nodes, next().Open(22, 6443, 9100, 10250, 30080))
	}
	for range 8 {
		s.cameras = append(s.cameras, next().Runs(synth.Small).Open(80, 554))
	}
	s.dmzWeb, s.dmzMail = o.routed(dmz, 10).Open(80, 443).Firewalled(), o.routed(dmz, 11).Open(25, 443, 587, 993)
	s.dmzVPN, s.dmzSIP = o.routed(dmz, 12).Open(443).OpenUDP(100, 500, 4500).Firewalled(), o.routed(dmz, 13).OpenUDP(300, 5060).Open(22, 5061)
	s.dmzWeb6 = o.Host(synth.Nth(netip.MustParsePrefix(dmz6), 10).String()).Open(80, 443)
	s.retired = []*synth.Host{o.routed("10.1.5.0/24", 9).Asleep(), o.routed("10.1.5.0/24", 10).Asleep(), o.lan.Host().Asleep()}
	o.serve()
}

// serve is what servers do by themselves.
func (o *office) serve() {
	s := &o.servers
	o.often(40*time.Second, func() { o.deliver() })
	o.often(50*time.Second, func() { // mail comes in
		from := popular(o, o.mx)
		from.Connect(s.dmzMail.Addr, 25, synth.Talk{Banner: 60, Up: 4000, Down: 200, End: synth.ByClient})
		if o.chance(.05) { // and some are asked who they are
			s.dmzMail.Connect(from.Addr, 113, synth.Talk{Fast: true})
		}
		s.dmzMail.Connect(s.mail.Addr, 25, synth.Talk{Banner: 60, Up: 4000, Down: 200})
	})
	o.often(20*time.Second, func() { // applications and their database
		pick(o, s.apps).Connect(s.db.Addr, 5432, synth.Talk{Up: 300, Down: 900})
	})
	o.often(15*time.Minute, func() { // a build
		s.ci.Connect(s.git.Addr, 22, synth.Talk{Banner: 40, Up: 900, Down: 9000})
		for range 5 {
			o.fetch(s.ci, popular(o, o.sites), 443)
		}
	})
	for _, dc := range s.dcs { // clocks
		o.steadily(17*time.Minute, func() { o.ask(dc, pick(o, o.names), 123, 48) })
	}
	for i, c := range s.cameras {
		o.steadily(time.Hour, func() {
			s.nvr.Connect(c.Addr, 554, synth.Talk{Up: 400, Down: 9000})
			o.ask(c, o.names[i], 123, 48)
		})
	}
	o.often(6*time.Hour, func() { // an administrator visits all by script
		list := s.all()
		o.inTurn(len(list), 2*time.Second, func(i int) {
			s.ci.Connect(list[i].Addr, 22, synth.Talk{Banner: 40, Up: 2000, Down: 3000})
		})
	})
	o.daily(3*time.Hour+30*time.Minute, time.Hour, func() { // one server is updated, and away for minutes
		h := pick(o, s.all())
		h.Asleep()
		o.After(o.About(4*time.Minute), func() { h.Wake() })
	})
}

// deliver sends a mail out, to a server that may be dead.
func (o *office) deliver() {
	o.resolve(o.servers.mail)
	o.servers.mail.Connect(popular(o, o.mx).Addr, 25, synth.Talk{Banner: 60, Up: 4000, Down: 200})
}
