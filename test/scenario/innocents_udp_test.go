package scenario

import (
	"net/netip"
	"testing"
	"time"

	"klaxon/internal/synth"
)

// TestInnocentDatagrams is about programs that do not connect.
func TestInnocentDatagrams(t *testing.T) {
	play(t, join(
		both("DNS in bursts", func(s *stage, x *site) {
			for i := range 3000 {
				x.pcs[i%7].Ask(x.mail.Addr, 53, 40)
				s.Wait(3 * time.Millisecond)
			}
		}),
		both("a resolver", func(s *stage, x *site) {
			for i := range 2000 {
				server := s.far(x, i%900)
				switch i % 9 {
				case 0: // silent
				case 1:
					server.Firewalled()
				default:
					server.OpenUDP(120, 53).Open(53)
				}
				x.mail.Ask(server.Addr, 53, 40)
				if i%50 == 0 {
					x.mail.Connect(server.Addr, 53, synth.Talk{Up: 60, Down: 3000})
				}
				s.Wait(20 * time.Millisecond)
			}
		}),
		both("DNS answers that come late, to closed ports", func(s *stage, x *site) {
			server := s.far(x, 1)
			for range 300 {
				server.Shout(x.pcs[0].Addr, synth.Datagram{SrcPort: 53, DstPort: uint16(49152 + s.Rand().IntN(16000)), Data: make([]byte, 80)})
				s.Wait(100 * time.Millisecond)
			}
		}),
		both("time from a pool", func(s *stage, x *site) {
			for i := range 200 {
				server := s.far(x, i)
				if i%3 != 0 {
					server.OpenUDP(48, 123)
				}
				x.pcs[0].AskFrom(123, server.Addr, 123, 48)
				s.Wait(64 * time.Second)
			}
		}),
		both("calls: SIP and RTP, and RTP after the end", func(s *stage, x *site) {
			pbx := x.Host().OpenUDP(400, 5060)
			for i := range 40 {
				phone := s.far(x, i%6).OpenUDP(400, 5060)
				from, to := uint16(10000+2*s.Rand().IntN(5000)), uint16(10000+2*s.Rand().IntN(5000))
				phone.AskFrom(5060, pbx.Addr, 5060, 500)
				pbx.OpenUDP(0, to)
				phone.OpenUDP(0, from)
				phone.Stream(from, pbx.Addr, to, 172, 200, 20*time.Millisecond)
				pbx.Stream(to, phone.Addr, from, 172, 200, 20*time.Millisecond)
				s.Wait(4 * time.Second)
				late(s, phone, pbx, from, to)
				s.Wait(10 * time.Second)
			}
		}),
		both("RTP seen one way, to one host", func(s *stage, x *site) {
			pbx := x.Host()
			for i := range 60 {
				to := uint16(10000 + 2*i)
				pbx.OpenUDP(0, to)
				s.far(x, 1).Stream(uint16(20000+2*i), pbx.Addr, to, 172, 150, 20*time.Millisecond)
				s.Wait(5 * time.Second)
			}
		}),
		both("WebRTC: ICE to candidates that nobody reaches", func(s *stage, x *site) {
			for i := range 12 {
				peer := s.far(x, i)
				port := uint16(50000 + s.Rand().IntN(9000))
				peer.OpenUDP(96, port)
				from := uint16(50000 + s.Rand().IntN(9000))
				for j := range 5 { // its private addresses, its old ones, a relay
					to := s.far(x, 5000+7*i+j).Addr
					if x.version == "4" {
						to = netip.AddrFrom4([4]byte{192, 168, byte(i), byte(10 + j)})
					}
					for range 3 {
						x.pcs[1].AskFrom(from, to, port+uint16(j), 96)
						s.Wait(50 * time.Millisecond)
					}
				}
				x.pcs[1].AskFrom(from, peer.Addr, port, 96)
				s.Wait(20 * time.Second)
			}
		}),
		both("answers of RADIUS and SNMP that come too late", func(s *stage, x *site) {
			server, nas := x.Host().OpenUDP(200, 1812).OpenUDP(300, 161), x.Host()
			for i := range 200 {
				from := uint16(40000 + i)
				nas.AskFrom(from, server.Addr, 1812, 180)
				s.Wait(3 * time.Second)
				// The socket is gone, and a second answer comes: refused.
				server.Say(nas.Addr, synth.Datagram{SrcPort: 1812, DstPort: from, Data: make([]byte, 90)})
				q := &synth.Packet{Src: server.Addr, Dst: nas.Addr, TTL: 64, Body: synth.Datagram{SrcPort: 1812, DstPort: from, Data: make([]byte, 90)}}
				nas.Say(server.Addr, synth.Unreachable(q))
				s.Wait(time.Second)
			}
		}),
		both("SNMP polls, of retired hosts too", func(s *stage, x *site) {
			for i := range 40 {
				if h := s.near(x, i); i%4 != 0 {
					h.OpenUDP(300, 161)
				}
			}
			for range 24 * 4 {
				for i := range 40 {
					x.mail.Ask(s.near(x, i).Addr, 161, 80)
					s.Wait(50 * time.Millisecond)
				}
				s.Wait(15 * time.Minute)
			}
		}),
		both("old P2P peers calling in", func(s *stage, x *site) {
			for i := range 600 { // the address had another user yesterday
				s.far(x, i).Ask(x.web.Addr, 6881, 90)
				s.far(x, 1000+i).Connect(x.web.Addr, 6881, synth.Talk{Fast: true})
				s.Wait(2 * time.Second)
			}
		}),
		both("P2P scatter", func(s *stage, x *site) {
			for i := range 800 {
				peer := s.far(x, i)
				port := uint16(1024 + s.Rand().IntN(60000))
				switch i % 10 {
				case 0, 1, 2:
					peer.Open(port).OpenUDP(120, port)
				case 3, 4:
				default:
					peer.Firewalled()
				}
				x.pcs[2].Connect(peer.Addr, port, synth.Talk{Up: 900, Down: 9000, Fast: true})
				x.pcs[2].AskFrom(6881, peer.Addr, port, 100)
				s.Wait(700 * time.Millisecond)
			}
		}),
		both("a DHT node", func(s *stage, x *site) {
			for i := range 2500 {
				peer := s.far(x, i)
				port := uint16(1024 + s.Rand().IntN(60000))
				if s.Rand().IntN(3) > 0 {
					peer.OpenUDP(300, port)
				} else if s.Rand().IntN(2) > 0 {
					peer.Firewalled()
				}
				x.pcs[3].AskFrom(6881, peer.Addr, port, 100)
				s.Wait(300 * time.Millisecond)
			}
		}),
		both("a VPN whose client roams", func(s *stage, x *site) {
			gate := x.Host().OpenUDP(100, 51820, 500, 4500)
			for i := range 100 {
				s.far(x, i%5).AskFrom(uint16(1024+s.Rand().IntN(60000)), gate.Addr, 51820, 148)
				s.Wait(25 * time.Second)
			}
		}),
		both("games and their many ports", func(s *stage, x *site) {
			for i := range 40 {
				server := s.far(x, i/4)
				port := uint16(27015 + i%20)
				server.OpenUDP(200, port)
				for range 5 {
					x.pcs[4].AskFrom(50001, server.Addr, port, 60)
					s.Wait(100 * time.Millisecond)
				}
			}
		}),
	))
}

// late lets both sides go on for a moment after the other has closed.
func late(s *stage, phone, pbx *synth.Host, from, to uint16) {
	for range 6 {
		d := synth.Datagram{SrcPort: from, DstPort: to, Data: make([]byte, 172)}
		phone.Say(pbx.Addr, d)
		pbx.Say(phone.Addr, synth.Unreachable(&synth.Packet{Src: phone.Addr, Dst: pbx.Addr, TTL: 60, Body: d}))
		s.Wait(20 * time.Millisecond)
	}
}
