package scenario

import (
	"net/netip"
	"testing"
	"time"

	"klaxon"
	"klaxon/internal/synth"
)

// TestSoup mixes all of it: nobody hides in the traffic of others, and nobody is
// blamed for theirs.
func TestSoup(t *testing.T) {
	play(t, join(
		both("a working hour", func(s *stage, x *site) {
			hour(s, x)
			s.Wait(time.Hour)
		}),
		both("a working hour with four scanners", func(s *stage, x *site) {
			hour(s, x)
			slow := s.far(x, 9001)
			s.Every(time.Minute, 30, func() { slow.Connect(x.web.Addr, uint16(2000+s.Now().Minute()), synth.Talk{}) })
			s.scan(slow, "-", 10, klaxon.ShapeVertical, klaxon.Connect)
			s.Wait(10 * time.Minute)
			x.evil.Nmap().SYN(addrs(x.db), synth.Ports(1, 60))
			s.scan(x.evil, "nmap", 3, klaxon.ShapeVertical, klaxon.Syn)
			fin := s.far(x, 9002)
			fin.Nmap().FIN(x.all(1, 12), []uint16{22, 80})
			s.scan(fin, "nmap", 5, klaxon.ShapeSweep, klaxon.Fin)
			echo := s.far(x, 9003)
			echo.Nmap().Echo(x.all(1, 120))
			s.scan(echo, "", 0, klaxon.ShapeSweep, klaxon.IcmpEcho)
			s.Wait(50 * time.Minute)
		}),
		both("a sensor that loses a third of all packets", func(s *stage, x *site) {
			s.Hide = func(*synth.Packet) bool { return s.Rand().IntN(3) == 0 }
			hour(s, x)
			s.Wait(time.Hour)
		}),
		both("a sensor that sees what comes in, and nothing else", func(s *stage, x *site) {
			s.Hide = func(p *synth.Packet) bool { return s.inside(p.Src) }
			hour(s, x)
			s.Wait(time.Hour)
		}),
		both("a sensor that sees what goes out, and nothing else", func(s *stage, x *site) {
			s.Hide = func(p *synth.Packet) bool { return !s.inside(p.Src) }
			hour(s, x)
			s.Wait(time.Hour)
		}),
		[]scenario{{"neighbours by link-local addresses", func(s *stage) {
			l := s.LAN("fe80::/64")
			l.Resolve = true
			hosts := []*synth.Host{}
			for range 20 {
				hosts = append(hosts, l.Host().Open(22, 445))
			}
			for i := range 300 {
				hosts[i%20].Connect(hosts[(i*7+3)%20].Addr, []uint16{22, 445, 631}[i%3], synth.Talk{Up: 200, Down: 900})
				s.Wait(4 * time.Second)
			}
		}}, {"a scan by a link-local address", func(s *stage) {
			l := s.LAN("fe80::/64")
			victim, evil := l.Host().Open(22), l.Host()
			s.innocent(victim)
			evil.Nmap().Connect(addrs(victim), synth.Ports(1000, 1030))
			s.scan(evil, "-", 10, klaxon.ShapeVertical, klaxon.Connect)
		}}},
	))
}

// hour plans what a small office and its visitors do in an hour.
func hour(s *stage, x *site) {
	systems := []*synth.Stack{synth.Windows, synth.Mac, synth.Linux, synth.BSD}
	for i, pc := range x.pcs {
		pc.Runs(systems[i%4])
	}
	servers := make([]*synth.Host, 60)
	for i := range servers {
		servers[i] = s.far(x, i).Open(25, 80, 443).OpenUDP(200, 53, 123, 443)
		if i%15 == 7 {
			servers[i].Close(25, 80, 443)
		}
	}
	any := func() *synth.Host { return servers[s.Rand().IntN(len(servers))] }
	pc := func() *synth.Host { return x.pcs[s.Rand().IntN(len(x.pcs))] }
	s.Every(5*time.Second, 700, func() {
		p, to := pc(), any()
		p.Ask(x.mail.Addr, 53, 40)
		x.mail.Ask(to.Addr, 53, 40)
		p.Connect(to.Addr, 443, synth.Talk{Up: 700, Down: 6000, Lasts: time.Duration(s.Rand().IntN(40)) * time.Second})
	})
	s.Every(20*time.Second, 175, func() {
		s.far(x, 200+s.Rand().IntN(400)).Connect(x.web.Addr, 443, synth.Talk{Up: 500, Down: 9000})
		x.mail.Connect(any().Addr, 25, synth.Talk{Banner: 60, Up: 3000, Down: 300})
		s.far(x, 200+s.Rand().IntN(400)).Connect(x.mail.Addr, 25, synth.Talk{Banner: 60, Up: 3000, Down: 300})
	})
	s.Every(64*time.Second, 56, func() {
		for _, p := range x.pcs {
			p.AskFrom(123, servers[3].Addr, 123, 48)
			p.Ask(netip.MustParseAddr(map[string]string{"4": "224.0.0.251", "6": "ff02::fb"}[x.version]), 5353, 60)
		}
	})
	monitor := x.Host()
	s.Every(5*time.Minute, 12, func() {
		for _, h := range append([]*synth.Host{x.web, x.mail, x.db, x.wall}, x.pcs...) {
			monitor.Ping(h.Addr, 1)
			monitor.Connect(h.Addr, 22, synth.Talk{Banner: 40})
		}
	})
	s.Every(10*time.Second, 360, func() { // the Internet's background: a packet each
		h := s.far(x, 1000+s.Rand().IntN(3000))
		h.Custom(x.all(1, 60)[s.Rand().IntN(60):][:1], []uint16{[]uint16{22, 23, 445, 3389, 8080}[s.Rand().IntN(5)]}, 0)
	})
}
