package scenario

import (
	"testing"
	"time"

	"klaxon"
	"klaxon/internal/synth"
)

func TestScansUDP(t *testing.T) {
	play(t, join(
		both("nmap -sU vertical", func(s *stage, x *site) {
			n := x.evil.Nmap()
			n.Pace = 400 * time.Millisecond // as fast as Linux complains
			n.UDP(addrs(x.mail), synth.Ports(40, 139))
			s.scan(x.evil, "", 0, klaxon.ShapeVertical, klaxon.Udp)
		}),
		both("nmap -sU vertical, a port a second", func(s *stage, x *site) {
			n := x.evil.Nmap()
			n.Pace = 1300 * time.Millisecond
			n.UDP(addrs(x.web), synth.Ports(1000, 1020))
			s.scan(x.evil, "", 10, klaxon.ShapeVertical, klaxon.Udp)
		}),
		both("nmap -sU vertical, unanswered", func(s *stage, x *site) {
			n := x.evil.Nmap()
			n.Pace = 5 * time.Second
			n.UDP(addrs(x.wall), synth.Ports(1000, 1060))
			s.scan(x.evil, "", 28, klaxon.ShapeVertical, klaxon.Udp)
		}),
		both("nmap -sU sweep", func(s *stage, x *site) {
			x.evil.Nmap().UDP(x.all(1, 100), []uint16{161})
			s.scan(x.evil, "", 0, klaxon.ShapeSweep, klaxon.Udp)
		}),
		both("nmap -sU block", func(s *stage, x *site) {
			x.insider.Nmap().UDP(x.all(1, 20), synth.Ports(60, 80))
			s.scan(x.insider, "", 0, klaxon.ShapeBlock, klaxon.Udp)
		}),
		both("masscan -pU vertical", func(s *stage, x *site) {
			x.evil.Masscan().UDP(addrs(x.web), synth.Ports(1, 200))
			s.scan(x.evil, "", 0, klaxon.ShapeVertical, klaxon.Udp)
		}),
		both("five ports every 15 s", func(s *stage, x *site) {
			n := x.evil.Nmap()
			n.Pace, n.Tries = 15*time.Second, 1
			n.UDP(addrs(x.web), synth.Ports(1000, 1030))
			s.scan(x.evil, "", 10, klaxon.ShapeVertical, klaxon.Udp)
		}),
		[]scenario{
			{"zmap udp sweep of resolvers", func(s *stage) {
				x := s.site4()
				x.evil.ZMap().UDP(x.all(0, 255), 53)
				s.scan(x.evil, "", 0, klaxon.ShapeSweep, klaxon.Udp)
			}},
			{"zmap udp sweep", func(s *stage) {
				x := s.site4()
				x.evil.ZMap().UDP(x.all(0, 255), 389)
				s.scan(x.evil, "", 0, klaxon.ShapeSweep, klaxon.Udp)
			}},
		},
	))
}
