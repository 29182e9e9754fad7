package scenario

import (
	"testing"
	"time"

	"klaxon/internal/synth"
)

// TestInnocentMonitors is about programs that ask again and again whether a
// service is there.
func TestInnocentMonitors(t *testing.T) {
	halfOpen, empty := synth.Talk{End: synth.HalfOpen}, synth.Talk{End: synth.ByReset}
	play(t, join(
		both("an F5-like half-open check of 30 pool members", func(s *stage, x *site) {
			f5 := x.Host().Runs(synth.Small)
			pool(s, x, 30, 0)
			poll(s, 80, 5*time.Second, func() { each(s, x, 30, func(h *synth.Host) { f5.Connect(h.Addr, 8080, halfOpen) }) })
		}),
		both("a half-open check by a kernel", func(s *stage, x *site) {
			lb := x.Host()
			pool(s, x, 30, 0)
			poll(s, 80, 5*time.Second, func() { each(s, x, 30, func(h *synth.Host) { lb.Connect(h.Addr, 8080, halfOpen) }) })
		}),
		both("HAProxy: connect, and reset at once", func(s *stage, x *site) {
			lb := x.Host()
			pool(s, x, 40, 0)
			poll(s, 100, 2*time.Second, func() { each(s, x, 40, func(h *synth.Host) { lb.Connect(h.Addr, 8080, empty) }) })
		}),
		both("HAProxy with a tenth of the servers down", func(s *stage, x *site) {
			lb := x.Host()
			pool(s, x, 40, 10)
			poll(s, 100, 2*time.Second, func() { each(s, x, 40, func(h *synth.Host) { lb.Connect(h.Addr, 8080, empty) }) })
		}),
		both("a load balancer whose pool is all down", func(s *stage, x *site) {
			lb := x.Host()
			each(s, x, 12, func(h *synth.Host) { h.Close(8080) })
			poll(s, 100, 5*time.Second, func() { each(s, x, 12, func(h *synth.Host) { lb.Connect(h.Addr, 8080, empty) }) })
		}),
		both("kubelet: probes of 60 containers on one node", func(s *stage, x *site) {
			node := x.Host()
			pods := x.Host().Open(synth.Ports(30000, 30059)...)
			poll(s, 50, 10*time.Second, func() {
				for _, p := range synth.Ports(30000, 30059) {
					node.Connect(pods.Addr, p, empty)
				}
			})
		}),
		both("kubelet: pods that come and go", func(s *stage, x *site) {
			node := x.Host()
			for i := range 150 {
				pod := s.near(x, i).Open(8080)
				for range 6 {
					node.Connect(pod.Addr, 8080, empty)
					s.Wait(10 * time.Second)
				}
				pod.Close(8080) // for a moment nobody listens
				node.Connect(pod.Addr, 8080, empty)
				s.Wait(5 * time.Second)
			}
		}),
		both("Nagios: 25 hosts, 4 services each", func(s *stage, x *site) {
			nagios := x.Host()
			for i := range 25 {
				s.near(x, i).Open(22, 25, 80, 443)
			}
			poll(s, 60, 5*time.Minute, func() {
				for i := range 25 {
					h := s.near(x, i)
					nagios.Ping(h.Addr, 1)
					nagios.Connect(h.Addr, 22, synth.Talk{Banner: 40})
					nagios.Connect(h.Addr, 25, synth.Talk{Banner: 60, Up: 6, Down: 20})
					nagios.Connect(h.Addr, 80, synth.Talk{Up: 100, Down: 900})
					nagios.Connect(h.Addr, 443, empty)
					s.Wait(2 * time.Second)
				}
			})
		}),
		both("Nagios, for hours, with hosts retired", func(s *stage, x *site) {
			nagios := x.Host()
			for i := range 40 {
				if h := s.near(x, i); i%5 > 0 {
					h.Open(22)
				} else {
					h.Firewalled()
				}
			}
			poll(s, 60, 3*time.Minute, func() {
				for i := range 40 {
					nagios.Connect(s.near(x, i).Addr, 22, synth.Talk{Banner: 40, Fast: true})
					s.Wait(3 * time.Second)
				}
			})
		}),
		both("Prometheus: targets of a list, a fifth of them stale", func(s *stage, x *site) {
			prometheus := x.Host()
			for i := range 100 {
				if h := s.near(x, i); i%5 > 0 {
					h.Open(9100)
				}
			}
			poll(s, 60, 15*time.Second, func() {
				for i := range 100 {
					prometheus.Connect(s.near(x, i).Addr, 9100, synth.Talk{Up: 200, Down: 4000})
					s.Wait(100 * time.Millisecond)
				}
			})
		}),
		both("Kubernetes: a client of endpoints that are dead", func(s *stage, x *site) {
			client := x.Host()
			for i := range 400 {
				h := s.near(x, i%40)
				if i%40 < 8 {
					client.Connect(h.Addr, 8443, synth.Talk{})
				} else {
					h.Open(8443)
					client.Connect(h.Addr, 8443, synth.Talk{Up: 500, Down: 800})
				}
				s.Wait(3 * time.Second)
			}
		}),
		both("retries against a dead service", func(s *stage, x *site) {
			for i := range 500 {
				for j, pc := range x.pcs {
					if i%(j+1) == 0 {
						pc.Connect(x.web.Addr, 8443, synth.Talk{})
					}
				}
				s.Wait(10 * time.Second)
			}
		}),
		both("a dead service behind a firewall, and 50 clients", func(s *stage, x *site) {
			for range 40 {
				for i := range 50 {
					s.far(x, i).Connect(x.wall.Addr, 8443, synth.Talk{})
				}
				s.Wait(30 * time.Second)
			}
		}),
		both("backup of 60 hosts, half of them asleep", func(s *stage, x *site) {
			backup := x.Host()
			for i := range 60 {
				h := s.near(x, i).Open(10001)
				if i%2 == 0 {
					h.Asleep()
				}
			}
			for range 3 { // nights
				for i := range 60 {
					backup.Connect(s.near(x, i).Addr, 10001, synth.Talk{Up: 2000, Down: 60000})
					s.Wait(30 * time.Second)
				}
				s.Wait(23 * time.Hour)
			}
		}),
		both("the same in sight of the link", func(s *stage, x *site) {
			x.Resolve = true
			backup := x.Host()
			for i := range 60 {
				h := s.near(x, i).Open(10001)
				if i%2 == 0 {
					h.Asleep()
				}
			}
			for i := range 60 {
				backup.Connect(s.near(x, i).Addr, 10001, synth.Talk{Up: 2000, Down: 60000})
				s.Wait(30 * time.Second)
			}
		}),
		both("a load tester that resets", func(s *stage, x *site) {
			for range 3000 {
				s.far(x, 1).Connect(x.web.Addr, 80, halfOpen)
				s.Wait(2 * time.Millisecond)
			}
			s.mayFlood()
		}),
		both("port hunting by a cluster", func(s *stage, x *site) {
			// Daemons take a port of a range, and clients try until one answers.
			for i := range 30 {
				h := s.near(x, i)
				h.Open(uint16(6800 + i%4))
				for p := uint16(6800); p <= uint16(6800+i%4); p++ {
					x.db.Connect(h.Addr, p, synth.Talk{Up: 300, Down: 300})
					s.Wait(50 * time.Millisecond)
				}
			}
		}),
	))
}

// pool makes n members that serve 8080, but one in down of them does not.
func pool(s *stage, x *site, n, down int) {
	for i := range n {
		h := s.near(x, i).Open(8080)
		if down > 0 && i%down == 0 {
			h.Close(8080)
		}
	}
}

func each(s *stage, x *site, n int, do func(*synth.Host)) {
	for i := range n {
		do(s.near(x, i))
	}
}

func poll(s *stage, n int, d time.Duration, do func()) {
	for range n {
		do()
		s.Wait(d)
	}
}
