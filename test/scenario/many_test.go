package scenario

import (
	"net/netip"
	"testing"
	"time"

	"klaxon"
	"klaxon/internal/synth"
	"klaxon/test/truth"
)

// TestMany is about scans with more than one source.
func TestMany(t *testing.T) {
	play(t, join(decoys(), rotating(), distributed(), idle()))
}

func decoys() []scenario {
	decoy := func(ports, probes int) func(s *stage, x *site) {
		return func(s *stage, x *site) {
			n := x.evil.Nmap()
			for range 6 {
				n.Decoys = append(n.Decoys, stranger(s, x))
			}
			n.Decoys = append(n.Decoys, x.pcs[3].Addr) // one of the site itself
			n.SYN(addrs(x.web), synth.Ports(1, ports))
			s.want(truth.Want{
				Techniques: []klaxon.Technique{klaxon.Syn}, Shape: klaxon.ShapeVertical, Tool: "nmap", Marks: []klaxon.Mark{klaxon.MarkDecoy},
				Sources: append([]netip.Addr{x.evil.Addr}, n.Decoys[:6]...), Victim: x.web.Addr, MaxProbes: probes,
			})
		}
	}
	return join(both("nmap -D", decoy(100, 0)), both("nmap -D of 5 ports", decoy(5, 0)))
}

// stranger is an address of nobody, in a network of its own.
func stranger(s *stage, x *site) netip.Addr {
	if x.version == "4" {
		return s.Anywhere()
	}
	b := [16]byte{0x20, 0x01, 0x0d, 0xb8, 0x77}
	for i := 5; i < 16; i++ {
		b[i] = byte(s.Rand().Uint32())
	}
	return netip.AddrFrom16(b)
}

// rotating is a source that takes another address of its /64 for every probe.
func rotating() []scenario {
	home := netip.MustParsePrefix("2001:db8:bad::/64")
	rotate := func(s *stage) *synth.Host {
		b := home.Addr().As16()
		for i := 8; i < 16; i++ {
			b[i] = byte(s.Rand().Uint32())
		}
		return s.Host(netip.AddrFrom16(b).String())
	}
	want := func(s *stage, probes int, technique klaxon.Technique) {
		s.want(truth.Want{Prefix: home, Techniques: []klaxon.Technique{technique}, Shape: klaxon.ShapeVertical, MaxProbes: probes})
	}
	return []scenario{
		{"rotating inside a /64, kernel", func(s *stage) {
			x := s.site6()
			for _, p := range synth.Ports(1000, 1030) {
				rotate(s).Connect(x.web.Addr, p, synth.Talk{})
				s.Wait(200 * time.Millisecond)
			}
			want(s, 10, klaxon.Connect)
		}},
		{"rotating inside a /64, raw", func(s *stage) {
			x := s.site6()
			for _, p := range synth.Ports(1000, 1030) {
				rotate(s).Custom(addrs(x.web), []uint16{p}, 100*time.Millisecond)
			}
			want(s, 10, klaxon.Syn)
		}},
		{"rotating among neighbours", func(s *stage) {
			x := s.site6()
			for i, p := range synth.Ports(1000, 1030) {
				a := x.LAN.Addr(0x70000 + 977*i)
				x.insider.Alias(a)
				x.insider.ConnectFrom(a, x.web.Addr, p, synth.Talk{})
				s.Wait(200 * time.Millisecond)
			}
			s.want(truth.Want{Prefix: x.Net, Techniques: []klaxon.Technique{klaxon.Connect}, Shape: klaxon.ShapeVertical, MaxProbes: 10})
		}},
		{"neighbours who fail once each", func(s *stage) {
			x := s.site6()
			for i := range 40 {
				h := s.near(x, i)
				h.Connect(x.web.Addr, uint16(8000+i), synth.Talk{})
				h.Connect(x.db.Addr, 443, synth.Talk{})
				s.Wait(time.Second)
			}
		}},
		{"rotating inside a /64, udp", func(s *stage) {
			x := s.site6()
			for _, p := range synth.Ports(1000, 1030) {
				rotate(s).Ask(x.web.Addr, p, 10)
				s.Wait(1200 * time.Millisecond)
			}
			want(s, 10, klaxon.Udp)
		}},
	}
}

// distributed are runs of one tool from many addresses.
func distributed() []scenario {
	return []scenario{
		{"three masscans of 4 ports each", func(s *stage) {
			// Each of them is a scan by itself.
			x := s.site4()
			for i, h := range s.Hosts("198.51.100.100", 3) {
				h.Masscan().SYN(addrs(x.web), synth.Ports(100*i+1, 100*i+4))
				s.scan(h, "masscan", 3, klaxon.ShapeVertical, klaxon.Syn)
			}
		}},
		{"two users of masscan at once", func(s *stage) {
			x := s.site4()
			a, b := s.Host("198.51.100.20"), s.Host("192.0.2.77")
			s.scan(a, "masscan", 3, klaxon.ShapeVertical, klaxon.Syn)
			s.scan(b, "masscan", 3, klaxon.ShapeVertical, klaxon.Syn)
			ma, mb := a.Masscan(), b.Masscan()
			for _, p := range synth.Ports(1, 40) {
				ma.SYN(addrs(x.web), []uint16{p})
				mb.SYN(addrs(x.web), []uint16{p})
			}
		}},
	}
}

// idle is a scan through a zombie: who is scanned sees the zombie's address, and
// who sees both ends must not take him for the scanner.
func idle() []scenario {
	return both("nmap -sI", func(s *stage, x *site) {
		zombie := x.Host().Runs(synth.Windows)
		n := x.evil.Nmap()
		n.Pace = 20 * time.Millisecond
		n.Idle(zombie.Addr, 80, x.web.Addr, synth.Ports(1, 60))
		s.want(truth.Want{Source: x.evil.Addr, Extra: []klaxon.Technique{klaxon.Syn, klaxon.Flags}, Marks: []klaxon.Mark{klaxon.MarkIdle}, Tool: "nmap"})
		s.innocent(zombie)
	})
}
