package scenario

import (
	"net/netip"
	"testing"
	"time"

	"klaxon/internal/synth"
)

// TestInnocentClients is about people and programs that use services.
func TestInnocentClients(t *testing.T) {
	play(t, join(
		both("web pages with many connections", func(s *stage, x *site) {
			for _, pc := range x.pcs {
				for i := range 6 { // sites with six connections to each of eight servers
					for j := range 8 {
						server := s.far(x, i*8+j).Open(80, 443)
						for range 6 {
							pc.Connect(server.Addr, 443, synth.Talk{Up: 600, Down: 15000})
						}
					}
					s.Wait(7 * time.Second)
				}
			}
		}),
		both("web pages with servers that are gone", func(s *stage, x *site) {
			for i := range 300 {
				server := s.far(x, i)
				if i%6 != 0 {
					server.Open(443)
				} else if i%12 == 0 {
					server.Firewalled()
				}
				x.pcs[0].Connect(server.Addr, 443, synth.Talk{Up: 600, Down: 15000})
				s.Wait(2 * time.Second)
			}
		}),
		both("a browser connects ahead, and closes without a word", func(s *stage, x *site) {
			for i := range 60 {
				server := s.far(x, i).Open(443)
				x.pcs[0].Connect(server.Addr, 443, synth.Talk{Up: 600, Down: 15000})
				if i%4 == 0 {
					x.pcs[0].Connect(server.Addr, 443, synth.Talk{Lasts: 10 * time.Second})
				}
				s.Wait(3 * time.Second)
			}
		}),
		both("passive FTP", func(s *stage, x *site) {
			server := x.Host().Open(21)
			client := s.far(x, 1)
			client.Connect(server.Addr, 21, synth.Talk{Banner: 40, Up: 900, Down: 4000, Lasts: 5 * time.Minute})
			for range 120 {
				port := uint16(30000 + s.Rand().IntN(10000))
				server.Open(port)
				client.Connect(server.Addr, port, synth.Talk{Down: 40000})
				s.Wait(time.Second)
				server.Close(port)
			}
		}),
		both("active FTP", func(s *stage, x *site) {
			server, client := x.Host().Open(21), s.far(x, 1)
			client.Connect(server.Addr, 21, synth.Talk{Banner: 40, Up: 900, Down: 4000, Lasts: 5 * time.Minute})
			for range 80 {
				port := uint16(30000 + s.Rand().IntN(10000))
				client.Open(port)
				server.Connect(client.Addr, port, synth.Talk{Up: 40000, From: 20})
				s.Wait(time.Second)
				client.Close(port)
			}
		}),
		[]scenario{{"happy eyeballs", func(s *stage) {
			six, four := s.LAN("2001:db8:9::/64"), s.LAN("10.9.0.0/24")
			a, b := six.Host(), four.Host()
			for i := range 120 { // one server in six is not there over IPv6
				server6 := s.Host(synth.Nth(netip.MustParsePrefix("2001:db8:77::/64"), i).String())
				server4 := s.Host(synth.Nth(netip.MustParsePrefix("203.0.113.0/24"), i).String()).Open(443)
				if i%6 > 0 {
					server6.Open(443)
				} else if i%12 == 0 {
					server6.Firewalled()
				}
				a.Connect(server6.Addr, 443, synth.Talk{Up: 600, Down: 15000, Fast: true})
				s.Wait(250 * time.Millisecond)
				if i%6 == 0 {
					b.Connect(server4.Addr, 443, synth.Talk{Up: 600, Down: 15000})
				}
				s.Wait(5 * time.Second)
			}
		}}},
		both("QUIC that falls back to TCP", func(s *stage, x *site) {
			for i := range 100 {
				server := s.far(x, i).Open(443) // refuses the datagram
				x.pcs[0].Ask(server.Addr, 443, 1250)
				s.Wait(300 * time.Millisecond)
				x.pcs[0].Connect(server.Addr, 443, synth.Talk{Up: 600, Down: 15000})
				s.Wait(5 * time.Second)
			}
		}),
		both("QUIC", func(s *stage, x *site) {
			for i := range 200 {
				server := s.far(x, i).OpenUDP(1200, 443)
				x.pcs[i%7].Ask(server.Addr, 443, 1250)
				s.Wait(500 * time.Millisecond)
			}
		}),
		both("mail to many exchangers, some of them dead", func(s *stage, x *site) {
			for i := range 400 {
				mx := s.far(x, i)
				switch i % 10 {
				case 0: // nobody there any more
				case 1:
					mx.Firewalled()
				default:
					mx.Open(25)
				}
				x.mail.Connect(mx.Addr, 25, synth.Talk{Banner: 60, Up: 8000, Down: 400})
				s.Wait(4 * time.Second)
			}
		}),
		both("bulk transfer and backup streams", func(s *stage, x *site) {
			for range 8 {
				x.db.Connect(x.mail.Addr, 22, synth.Talk{Banner: 40, Up: 1 << 20, Down: 2000})
				s.Wait(time.Minute)
			}
		}),
		both("a crawler", func(s *stage, x *site) {
			bot := s.far(x, 5)
			for i := range 250 {
				h := s.near(x, i)
				if i%5 != 0 {
					h.Open(80, 443)
				}
				bot.Connect(h.Addr, 443, synth.Talk{Up: 300, Down: 20000})
				s.Wait(time.Second)
			}
		}),
		both("passwords are guessed, and pages searched", func(s *stage, x *site) {
			// A nuisance, and no scan: one service of one host.
			for range 300 {
				x.evil.Connect(x.web.Addr, 22, synth.Talk{Banner: 40, Up: 1500, Down: 1500})
				s.far(x, 3).Connect(x.web.Addr, 80, synth.Talk{Up: 200, Down: 400})
				s.Wait(time.Second)
			}
		}),
		both("clients that end with a reset", func(s *stage, x *site) {
			for i := range 200 {
				x.pcs[i%7].Connect(s.far(x, i).Open(443).Addr, 443, synth.Talk{Up: 500, Down: 8000, End: synth.ByReset})
				s.Wait(time.Second)
			}
		}),
		both("a coin's node: many peers at one port, most of them away", func(s *stage, x *site) {
			for i := range 400 {
				peer := s.far(x, i)
				switch s.Rand().IntN(10) {
				case 0:
				case 1, 2, 3, 4, 5:
					peer.Firewalled()
				default:
					peer.Open(8333)
				}
				x.pcs[1].Connect(peer.Addr, 8333, synth.Talk{Up: 2000, Down: 9000, Lasts: time.Minute, Fast: true})
				s.Wait(5 * time.Second)
			}
		}),
		both("a browser of game servers", func(s *stage, x *site) {
			for i := range 600 {
				server := s.far(x, i)
				port := uint16(27015 + s.Rand().IntN(40))
				switch s.Rand().IntN(20) {
				case 0:
				case 1, 2, 3, 4, 5, 6, 7:
					server.Firewalled()
				default:
					server.OpenUDP(300, port)
				}
				x.pcs[1].AskFrom(50123, server.Addr, port, 53)
				s.Wait(30 * time.Millisecond)
			}
		}),
		both("a connection to a closed 8000", func(s *stage, x *site) {
			s.far(x, 1).Connect(x.web.Addr, 8000, synth.Talk{})
			s.Wait(time.Minute)
			x.pcs[0].Connect(x.web.Addr, 8000, synth.Talk{})
		}),
		both("port knocking", func(s *stage, x *site) {
			for _, p := range []uint16{7000, 8000, 9000, 7777, 8888, 9999} {
				s.far(x, 1).Connect(x.wall.Addr, p, synth.Talk{Fast: true})
				s.far(x, 2).Connect(x.web.Addr, p, synth.Talk{Fast: true})
				s.Wait(200 * time.Millisecond)
			}
			s.far(x, 1).Connect(x.wall.Addr, 443, synth.Talk{Up: 3000, Down: 3000})
		}),
		both("three traceroutes", func(s *stage, x *site) {
			for i, kind := range []synth.Probe{synth.TraceUDP, synth.TraceICMP, synth.TraceTCP} {
				for j := range 5 {
					to := s.far(x, 10*i+j).Open(80)
					x.pcs[0].Runs(synth.Linux).Traceroute(kind, to.Addr, 14)
				}
			}
		}),
		both("traceroute from outside", func(s *stage, x *site) {
			for _, kind := range []synth.Probe{synth.TraceUDP, synth.TraceICMP, synth.TraceTCP} {
				s.far(x, 1).Traceroute(kind, x.wall.Addr, 12)
				s.far(x, 1).Traceroute(kind, x.web.Addr, 12)
			}
		}),
		[]scenario{{"mtr", func(s *stage) {
			x := s.site4()
			for range 120 {
				x.pcs[0].Traceroute(synth.TraceICMP, s.far(x, 3).Addr, 8)
				s.Wait(8 * time.Second)
			}
		}}},
	))
}

// far is the i-th of many hosts outside.
func (s *stage) far(x *site, i int) *synth.Host {
	if x.version == "4" {
		return s.Host(synth.Nth(netip.MustParsePrefix("203.0.0.0/16"), 7+131*i).String())
	}
	b := netip.MustParseAddr("2001:db8:5000::1").As16()
	b[5], b[6], b[7] = byte(i>>16), byte(i>>8), byte(i)
	return s.Host(netip.AddrFrom16(b).String())
}

// near is the i-th of the hosts of the site behind those with a name.
func (s *stage) near(x *site, i int) *synth.Host { return s.Host(x.LAN.Addr(20 + i%230).String()) }
