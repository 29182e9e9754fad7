package scenario

import (
	"testing"
	"time"

	"klaxon"
	"klaxon/internal/synth"
	"klaxon/test/truth"
)

// TestCampaigns is about sources that share the work, each too small to be told
// by itself, and about honest ones that look like it.
func TestCampaigns(t *testing.T) {
	play(t, join(
		both("twenty sources with six ports each", func(s *stage, x *site) {
			var all []*synth.Host
			for range 20 {
				all = append(all, s.Host(stranger(s, x).String()))
			}
			for round := range 6 {
				for i, h := range all {
					h.Connect(x.web.Addr, uint16(1000+20*round+i), synth.Talk{})
					s.Wait(7 * time.Second)
				}
			}
			s.want(truth.Want{
				Techniques: []klaxon.Technique{klaxon.Connect}, Shape: klaxon.ShapeVertical, Victim: x.web.Addr,
				Sources: addrs(all...), Marks: []klaxon.Mark{klaxon.MarkDistributed},
			})
		}),
		both("sixteen sources with six hosts each", func(s *stage, x *site) {
			var all []*synth.Host
			for range 16 {
				all = append(all, s.Host(stranger(s, x).String()))
			}
			for round := range 6 {
				for i, h := range all {
					h.Connect(s.near(x, 16*round+i).Addr, 3389, synth.Talk{})
					s.Wait(9 * time.Second)
				}
			}
			s.want(truth.Want{
				Techniques: []klaxon.Technique{klaxon.Connect}, Shape: klaxon.ShapeSweep,
				Sources: addrs(all...), Marks: []klaxon.Mark{klaxon.MarkDistributed},
			})
		}),
		both("a server is down, and twenty clients miss its services", func(s *stage, x *site) {
			x.web.Asleep()
			for range 4 {
				for i := range 20 {
					h := s.near(x, i)
					for _, port := range []uint16{22, 80, 443, 8080, 8443, 9000} {
						h.Connect(x.web.Addr, port, synth.Talk{})
					}
					s.Wait(20 * time.Second)
				}
			}
		}),
		both("FTP whose data ports are closed", func(s *stage, x *site) {
			ftp := x.Host().Open(21)
			for i := range 20 {
				h := s.near(x, i)
				for try := range 6 {
					h.Connect(ftp.Addr, 21, synth.Talk{Banner: 40, Up: 60, Down: 200})
					h.Connect(ftp.Addr, uint16(40000+137*(6*i+try)%20000), synth.Talk{})
					s.Wait(20 * time.Second)
				}
			}
		}),
		both("bots that try hosts at random", func(s *stage, x *site) {
			for range 16 {
				h := s.Host(stranger(s, x).String())
				for range 6 {
					h.Connect(s.near(x, s.Rand().IntN(200)).Addr, 22, synth.Talk{})
					s.Wait(20 * time.Second)
				}
			}
		}),
	))
}

// TestRounds: whoever sweeps a network several times at one pace is no poller, and
// one who has asked the same forty hosts for hours is.
func TestRounds(t *testing.T) {
	rounds := func(hosts, times int, pause time.Duration, scan bool) func(*stage, *site) {
		return func(s *stage, x *site) {
			for range times {
				for i := range hosts {
					x.evil.Connect(s.near(x, i).Addr, 5900, synth.Talk{})
					s.Wait(20 * time.Millisecond)
				}
				s.Wait(pause)
			}
			if scan {
				s.scan(x.evil, "", 10, klaxon.ShapeSweep, klaxon.Connect)
			}
		}
	}
	play(t, join(
		both("a sweep in four rounds", rounds(200, 4, 3*time.Second, true)),
		both("a sweep in eight rounds", rounds(60, 8, 2*time.Second, true)),
		both("a poll of thirty dead hosts", func(s *stage, x *site) {
			rounds(30, 60, time.Minute, false)(s, x)
			s.innocent(x.evil)
		}),
	))
}
