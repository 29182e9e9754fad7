package scenario

import (
	"net/netip"
	"testing"
	"time"

	"klaxon"
	"klaxon/internal/synth"
	"klaxon/internal/track"
	"klaxon/test/truth"
)

// TestPolicy is about what is told of a scan, how often, and of single touches.
func TestPolicy(t *testing.T) {
	play(t, join(watchedServices(), []scenario{
		{"a scanner on the allow-list", func(s *stage) {
			x := s.site4()
			s.allow = []netip.Prefix{netip.PrefixFrom(x.insider.Addr, 32)}
			x.insider.Nmap().SYN(x.all(1, 12), synth.Ports(20, 90))
			s.want(truth.Want{Source: x.insider.Addr, Techniques: []klaxon.Technique{klaxon.Syn}, Shape: klaxon.ShapeBlock, Marks: []klaxon.Mark{klaxon.MarkExpected}})
		}},
		{"a scan, and another one an hour later", func(s *stage) {
			x := s.site4()
			x.evil.Nmap().SYN(addrs(x.web), synth.Ports(1, 60))
			s.Wait(time.Hour)
			x.evil.Nmap().SYN(addrs(x.web), synth.Ports(1, 60))
			s.want(truth.Want{Source: x.evil.Addr, Techniques: []klaxon.Technique{klaxon.Syn}, Shape: klaxon.ShapeVertical, Lives: 2, Records: 6, MaxProbes: 3})
		}},
		{"many techniques by one source", func(s *stage) {
			x := s.site4()
			n := x.evil.Nmap()
			for _, r := range rawTCP[:6] {
				r.run(n, addrs(x.web), synth.Ports(1, 40))
				s.Wait(20 * time.Second)
			}
			s.want(truth.Want{
				Source: x.evil.Addr, Techniques: []klaxon.Technique{klaxon.Syn, klaxon.Fin, klaxon.Null, klaxon.Xmas, klaxon.Maimon, klaxon.Ack},
				Shape: klaxon.ShapeVertical, Tool: "nmap", MaxProbes: 3, Records: 12, Hosts: 1, Services: 40,
			})
		}},
		{"a network that answers everything", func(s *stage) {
			// Tarpits and SYN proxies: what they answer speaks for nobody.
			x := s.site4()
			for _, a := range x.all(60, 200) {
				s.Host(a.String()).Open(synth.Ports(1, 200)...)
			}
			x.evil.Nmap().Connect(x.all(60, 200), []uint16{80})
			s.scan(x.evil, "-", 0, klaxon.ShapeSweep, klaxon.Connect)
		}},
		{"three thousand bots with two probes each", func(s *stage) {
			// What passes by. They share a tool, and no run of it.
			x := s.site4()
			for i := range 3000 {
				bot := s.Host(synth.Nth(netip.MustParsePrefix("192.0.0.0/16"), 5*i).String())
				bot.Mirai([]netip.Addr{x.LAN.Addr(s.Rand().IntN(256)), x.LAN.Addr(s.Rand().IntN(256))})
				s.Wait(300 * time.Millisecond)
			}
		}},
	}))
}

// TestRecords scans a /24 on 1,000 ports: three records are enough for that.
func TestRecords(t *testing.T) {
	sc := scenario{"a /24 on 1,000 ports", func(s *stage) {
		x := s.site4()
		n := x.insider.Nmap()
		n.Pace, n.Tries = 200*time.Microsecond, 1
		n.SYN(x.all(0, 255), synth.Ports(1, 1000))
		s.scan(x.insider, "nmap", 3, klaxon.ShapeBlock, klaxon.Syn)
	}}
	s := perform(sc, 1, 1)
	detected.add(t.Name(), sc.name, s.told())
	for _, p := range s.problems() {
		t.Error(p)
	}
	if n := s.alarms[len(s.alarms)-1].Targets; n.Hosts != 256 || n.Services != 1000 || len(n.TCP) != 1 {
		t.Errorf("%d hosts, %d services, ports %v; 256 and 1,000 were scanned, the ports 1 to 1000", n.Hosts, n.Services, n.TCP)
	}
}

// watchedServices are those of the command line: a single probe is told.
func watchedServices() []scenario {
	watched := func() *track.Watched {
		w := new(track.Watched)
		w.AddTCP(530, 530) // courier
		w.AddTCP(77, 77)   // rje
		w.AddUDP(69, 69)
		return w
	}
	touch := func(s *stage, h *synth.Host, technique klaxon.Technique, proof klaxon.Proof) {
		s.want(truth.Want{Source: h.Addr, Techniques: []klaxon.Technique{technique}, Shape: klaxon.ShapeTouch, Proof: proof, MaxProbes: 1})
	}
	return join(
		both("touched by a kernel, closed", func(s *stage, x *site) {
			s.track.Watched = watched()
			x.evil.Connect(x.web.Addr, 530, synth.Talk{})
			touch(s, x.evil, klaxon.Connect, klaxon.ProofNone)
		}),
		both("touched by a kernel, open", func(s *stage, x *site) {
			s.track.Watched = watched()
			x.web.Open(77)
			x.evil.Connect(x.web.Addr, 77, synth.Talk{Up: 20, Down: 20})
			touch(s, x.evil, klaxon.Connect, klaxon.ProofNone)
		}),
		both("touched by a raw SYN, unanswered", func(s *stage, x *site) {
			s.track.Watched = watched()
			x.evil.Nmap().SYN(addrs(x.wall), []uint16{530})
			touch(s, x.evil, klaxon.Syn, klaxon.ProofNone)
		}),
		both("touched by a FIN", func(s *stage, x *site) {
			s.track.Watched = watched()
			x.evil.Nmap().FIN(addrs(x.web), []uint16{530})
			touch(s, x.evil, klaxon.Fin, klaxon.ProofNone)
		}),
		both("touched by a datagram", func(s *stage, x *site) {
			s.track.Watched = watched()
			x.evil.Ask(x.web.Addr, 69, 20)
			touch(s, x.evil, klaxon.Udp, klaxon.ProofNone)
		}),
		both("others are not touched", func(s *stage, x *site) {
			s.track.Watched = watched()
			x.evil.Connect(x.web.Addr, 80, synth.Talk{Up: 20, Down: 20})
			x.evil.Connect(x.web.Addr, 531, synth.Talk{})
			x.evil.Ask(x.web.Addr, 70, 20)
		}),
		both("a touch that grows to a scan", func(s *stage, x *site) {
			s.track.Watched = watched()
			x.evil.Connect(x.web.Addr, 530, synth.Talk{})
			s.Wait(time.Second)
			x.evil.Nmap().Connect(addrs(x.web), synth.Ports(1000, 1030))
			s.want(truth.Want{Source: x.evil.Addr, Techniques: []klaxon.Technique{klaxon.Connect}, Shape: klaxon.ShapeVertical, MaxProbes: 1})
		}),
	)
}
