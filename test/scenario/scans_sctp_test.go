package scenario

import (
	"testing"
	"time"

	"klaxon"
	"klaxon/internal/synth"
)

func TestScansSCTP(t *testing.T) {
	play(t, join(
		both("nmap -sY vertical", func(s *stage, x *site) {
			h := x.Host().OpenSCTP(36412, 38412)
			x.evil.Nmap().SCTPInit(addrs(h), append(synth.Ports(2900, 2960), 36412))
			s.scan(x.evil, "", 11, klaxon.ShapeVertical, klaxon.SctpInit)
		}),
		both("nmap -sY of a host that does not speak it", func(s *stage, x *site) {
			n := x.evil.Nmap()
			n.Pace = 1200 * time.Millisecond
			n.SCTPInit(addrs(x.web), synth.Ports(2900, 2940))
			s.scan(x.evil, "", 10, klaxon.ShapeVertical, klaxon.SctpInit)
		}),
		both("nmap -sY unanswered", func(s *stage, x *site) {
			n := x.evil.Nmap()
			n.Pace = 5 * time.Second
			n.SCTPInit(addrs(x.wall), synth.Ports(2900, 2960))
			s.scan(x.evil, "", 28, klaxon.ShapeVertical, klaxon.SctpInit)
		}),
		both("nmap -sY sweep", func(s *stage, x *site) {
			x.insider.Nmap().SCTPInit(x.all(1, 120), []uint16{36412})
			s.scan(x.insider, "", 0, klaxon.ShapeSweep, klaxon.SctpInit)
		}),
		both("nmap -sY block", func(s *stage, x *site) {
			for range 4 {
				x.Host().OpenSCTP(36412)
			}
			x.insider.Nmap().SCTPInit(x.all(8, 30), synth.Ports(36410, 36420))
			s.scan(x.insider, "", 0, klaxon.ShapeBlock, klaxon.SctpInit)
		}),
		both("nmap -sZ vertical", func(s *stage, x *site) {
			h := x.Host().OpenSCTP(36412)
			x.evil.Nmap().SCTPCookie(addrs(h), synth.Ports(2900, 2930))
			s.scan(x.evil, "", 5, klaxon.ShapeVertical, klaxon.SctpCookie)
		}),
		both("nmap -sZ sweep", func(s *stage, x *site) {
			x.evil.Nmap().SCTPCookie(x.all(1, 60), []uint16{36412})
			s.scan(x.evil, "", 5, klaxon.ShapeSweep, klaxon.SctpCookie)
		}),
	))
}
