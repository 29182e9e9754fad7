package scenario

import (
	"net/netip"
	"testing"
	"time"

	"klaxon/internal/decode"
	"klaxon/internal/synth"
)

// TestInnocentLink is about what neighbours say to each other and to all.
func TestInnocentLink(t *testing.T) {
	group := map[string]string{"4": "224.0.0.251", "6": "ff02::fb"}
	ssdp := map[string]string{"4": "239.255.255.250", "6": "ff02::c"}
	llmnr := map[string]string{"4": "224.0.0.252", "6": "ff02::1:3"}
	play(t, join(
		both("mDNS, SSDP, LLMNR, WS-Discovery", func(s *stage, x *site) {
			for i := range 400 {
				pc := x.pcs[i%7]
				from := uint16(49152 + i)
				pc.AskFrom(5353, netip.MustParseAddr(group[x.version]), 5353, 60)
				pc.AskFrom(from, netip.MustParseAddr(ssdp[x.version]), 1900, 130)
				pc.AskFrom(from+1000, netip.MustParseAddr(llmnr[x.version]), 5355, 30)
				pc.AskFrom(from+2000, netip.MustParseAddr(ssdp[x.version]), 3702, 600)
				// Answers come from who knows it, not from who was asked.
				x.mail.Say(pc.Addr, synth.Datagram{SrcPort: 1900, DstPort: from, Data: make([]byte, 300)})
				x.mail.Say(pc.Addr, synth.Datagram{SrcPort: 3702, DstPort: from + 2000, Data: make([]byte, 600)})
				s.Wait(5 * time.Second)
			}
		}),
		both("discovery of a program by asking every neighbour", func(s *stage, x *site) {
			// Delivery Optimization and its kin look for peers they were told of.
			for i := range 6 {
				x.pcs[0].Connect(x.pcs[(i+1)%7].Addr, 7680, synth.Talk{Fast: true})
				s.Wait(20 * time.Second)
			}
		}),
		both("a router that looks for hosts for an outside sweep", func(s *stage, x *site) {
			x.Resolve = true
			crowd(s, x, 40)
			s.Wait(30 * time.Second)
			// What is wanted of each address is not seen here, only the question.
			for _, a := range x.all(1, 254) {
				x.gateway.WhoHas(a, 3)
				s.Wait(100 * time.Millisecond)
			}
		}),
		both("a gateway that checks its clients", func(s *stage, x *site) {
			x.Resolve = true
			crowd(s, x, 40)
			for range 20 {
				for _, pc := range x.pcs {
					x.gateway.WhoHas(pc.Addr, 1)
				}
				s.Wait(30 * time.Second)
			}
		}),
		both("a host with many neighbours", func(s *stage, x *site) {
			x.Resolve = true
			for i := range 200 {
				h := s.near(x, i).Open(445)
				x.mail.Connect(h.Addr, 445, synth.Talk{Up: 400, Down: 4000})
				s.Wait(2 * time.Second)
			}
		}),
		both("addresses that are used twice, and announced", func(s *stage, x *site) {
			for i := range 60 {
				a := x.LAN.Addr(100 + i%100)
				s.announce(x, a)
				s.Wait(time.Second)
			}
		}),
		[]scenario{
			{"NetBIOS to all", func(s *stage) {
				x := s.site4()
				for i := range 600 {
					x.pcs[i%7].AskFrom(137, netip.MustParseAddr("10.0.0.255"), 137, 50)
					x.pcs[i%7].AskFrom(138, netip.MustParseAddr("10.0.0.255"), 138, 200)
					x.pcs[i%7].AskFrom(17500, netip.MustParseAddr("255.255.255.255"), 17500, 130)
					s.Wait(time.Second)
				}
			}},
			{"NetBIOS name queries to those who came", func(s *stage) {
				// A Windows server asks each visitor for his name; few answer.
				x := s.site4()
				for i := range 200 {
					c := s.far(x, i)
					c.Connect(x.web.Addr, 443, synth.Talk{Up: 400, Down: 4000})
					s.Wait(time.Second)
					x.web.AskFrom(137, c.Addr, 137, 50)
					s.Wait(2 * time.Second)
				}
			}},
			{"a DHCP server that pings before it gives", func(s *stage) {
				x := s.site4()
				for i := range 60 {
					a := x.LAN.Addr(100 + i)
					x.gateway.Ping(a, 0)
					s.Wait(2 * time.Second)
					x.gateway.Say(a, synth.Datagram{SrcPort: 67, DstPort: 68, Data: make([]byte, 300)})
					s.announce(x, a)
					s.Host(a.String()).Connect(x.web.Addr, 80, synth.Talk{Up: 300, Down: 3000})
					s.Wait(8 * time.Minute)
				}
			}},
			{"DHCP", func(s *stage) {
				x := s.site4()
				for i := range 100 {
					p := synth.Datagram{SrcPort: 68, DstPort: 67, Data: make([]byte, 300)}
					x.pcs[i%7].SayFrom(netip.IPv4Unspecified(), netip.MustParseAddr("255.255.255.255"), p)
					x.gateway.Say(x.LAN.Addr(120+i), synth.Datagram{SrcPort: 67, DstPort: 68, Data: make([]byte, 300)})
					s.Wait(time.Second)
				}
			}},
			{"routing and redundancy protocols", func(s *stage) {
				x := s.site4()
				for i := range 300 {
					for proto, to := range map[uint8]string{2: "224.0.0.22", 88: "224.0.0.10", 89: "224.0.0.5", 103: "224.0.0.13", 112: "224.0.0.18"} {
						x.gateway.Say(netip.MustParseAddr(to), synth.Raw{Number: proto, Data: make([]byte, 24)})
					}
					for _, proto := range []uint8{4, 41, 47, 50, 51, 89} {
						x.gateway.Shout(x.pcs[i%7].Addr, synth.Raw{Number: proto, Data: make([]byte, 60)})
					}
					x.gateway.Say(x.mail.Addr, synth.Datagram{SrcPort: 49152, DstPort: 3784, Data: make([]byte, 24)}) // BFD
					s.Wait(time.Second)
				}
			}},
			{"duplicate address detection and privacy addresses", func(s *stage) {
				x := s.site6()
				for i := range 300 {
					pc := x.pcs[i%7]
					fresh := x.LAN.Addr(0x10000 + s.Rand().IntN(1<<20))
					s.Say6(pc, fresh)
					pc.Alias(fresh)
					pc.ConnectFrom(fresh, s.far(x, i%40).Open(443).Addr, 443, synth.Talk{Up: 500, Down: 5000})
					s.Wait(20 * time.Second)
				}
			}},
			{"printers look for their servers", func(s *stage) {
				x := s.site4()
				printers := []*synth.Host{x.Host().Runs(synth.Small), x.Host().Runs(synth.Small)}
				for i := range 300 {
					for _, p := range printers {
						p.Connect(x.mail.Addr, 25, synth.Talk{Banner: 60, Up: 400, Down: 100})
						p.Connect(x.web.Addr, 8631, synth.Talk{}) // retired
						p.Connect(x.LAN.Addr(200), 389, synth.Talk{})
						p.Ask(x.LAN.Addr(201), 162, 90)
					}
					s.Wait(time.Duration(5+i%3) * time.Minute)
				}
			}},
			{"printing to printers that are off", func(s *stage) {
				x := s.site4()
				for i := range 200 {
					for j := range 4 {
						p := s.near(x, j).Runs(synth.Small)
						if j < 2 {
							p.Open(9100, 515, 631)
						} else {
							p.Asleep()
						}
						x.pcs[i%7].Connect(p.Addr, 9100, synth.Talk{Up: 9000})
						x.pcs[i%7].Ask(p.Addr, 161, 60)
					}
					s.Wait(3 * time.Minute)
				}
			}},
			{"a small stack that talks to a cloud", func(s *stage) {
				// Segments with no option but the size are no proof of a scan.
				x := s.site4()
				thing := x.Host().Runs(synth.Small)
				for i := range 100 {
					h := s.far(x, i%14)
					if i%14 > 2 {
						h.Open(8883)
					}
					thing.Connect(h.Addr, 8883, synth.Talk{Up: 300, Down: 300})
					s.Wait(time.Minute)
				}
			}},
			{"a VPN pool behind one address", func(s *stage) {
				x := s.site4()
				nat := s.far(x, 9) // a hundred people
				for i := range 2000 {
					h := s.near(x, i%60)
					if i%60 > 5 {
						h.Open(22, 80, 443, 3389)
					}
					port := []uint16{22, 80, 443, 443, 443, 3389}[s.Rand().IntN(6)]
					nat.Connect(h.Addr, port, synth.Talk{Up: 500, Down: 5000})
					s.Wait(2 * time.Second)
				}
			}},
		},
	))
}

// announce probes for an address and announces it (RFC 5227, RFC 4862).
func (s *stage) announce(x *site, a netip.Addr) {
	h := x.pcs[int(s.Rand().Uint32()%7)]
	if x.version == "6" {
		s.Say6(h, a)
		return
	}
	for range 3 {
		h.SayARP(netip.IPv4Unspecified(), a)
	}
	h.SayARP(a, a)
}

// Say6 is duplicate address detection for an address.
func (s *stage) Say6(h *synth.Host, a netip.Addr) {
	to := a.As16()
	copy(to[:13], []byte{0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0xff})
	h.SayFrom(netip.IPv6Unspecified(), netip.AddrFrom16(to), synth.ICMP{V6: true, Type: 135, Data: a.AsSlice()})
}

// TestInnocentLeftovers is about connections whose beginning was not seen.
func TestInnocentLeftovers(t *testing.T) {
	play(t, join(
		both("late FINs and RSTs of old connections", func(s *stage, x *site) {
			for i := range 400 {
				c, flags := s.far(x, i%60), []decode.Flags{decode.FIN | decode.ACK, decode.RST | decode.ACK, decode.RST, decode.FIN | decode.PSH | decode.ACK}[i%4]
				c.Shout(x.web.Addr, synth.Segment{SrcPort: uint16(32768 + s.Rand().IntN(20000)), DstPort: 443, Seq: s.Rand().Uint32(), Ack: s.Rand().Uint32(), Flags: flags, Window: 501})
				s.Wait(500 * time.Millisecond)
			}
		}),
		both("a host that wakes, and its peers have forgotten", func(s *stage, x *site) {
			for i := range 60 {
				h := s.far(x, i)
				h.Open(443)
				x.pcs[0].Shout(h.Addr, synth.Segment{SrcPort: uint16(49152 + i), DstPort: 443, Seq: s.Rand().Uint32(), Ack: s.Rand().Uint32(), Flags: decode.ACK, Window: 1026, Data: []byte{0}})
				x.pcs[0].Shout(h.Addr, synth.Segment{SrcPort: uint16(49152 + i), DstPort: 443, Seq: s.Rand().Uint32(), Ack: s.Rand().Uint32(), Flags: decode.FIN | decode.ACK, Window: 1026})
				s.Wait(100 * time.Millisecond)
			}
		}),
		both("a server that closes what it has forgotten", func(s *stage, x *site) {
			// FIN and RST from the service to many ports of one client, which is
			// gone, and answers with resets.
			for i := range 200 {
				flags := decode.FIN | decode.ACK
				if i%3 == 0 {
					flags = decode.RST | decode.ACK
				}
				x.web.Shout(s.far(x, 1).Addr, synth.Segment{SrcPort: 443, DstPort: uint16(32768 + i), Seq: s.Rand().Uint32(), Ack: s.Rand().Uint32(), Flags: flags, Window: 501})
				s.Wait(100 * time.Millisecond)
			}
		}),
		both("the capture begins in the middle", func(s *stage, x *site) {
			var seen bool
			s.Hide = func(*synth.Packet) bool { return !seen }
			for i := range 400 {
				s.far(x, i%50).Connect(x.web.Addr, 443, synth.Talk{Up: 900, Down: 9000, Lasts: 20 * time.Second})
				x.pcs[i%7].Connect(s.far(x, 100+i%50).Open(443).Addr, 443, synth.Talk{Up: 900, Down: 9000, Lasts: 20 * time.Second, End: synth.ByServer})
				x.mail.Ask(s.far(x, 200+i).OpenUDP(90, 53).Addr, 53, 40)
				s.Wait(100 * time.Millisecond)
				seen = i > 150
			}
		}),
		both("it begins in the middle, one way", func(s *stage, x *site) {
			var seen bool
			s.Hide = func(p *synth.Packet) bool { return !seen || s.inside(p.Src) }
			for i := range 600 {
				s.far(x, i%50).Connect(x.web.Addr, 443, synth.Talk{Up: 900, Down: 9000, Lasts: 20 * time.Second})
				x.pcs[i%7].Connect(s.far(x, 100+i%50).Open(443).Addr, 443, synth.Talk{Up: 900, Down: 9000, Lasts: 20 * time.Second, End: synth.ByServer})
				s.Wait(100 * time.Millisecond)
				seen = i > 150
			}
		}),
		both("keepalives", func(s *stage, x *site) {
			for i := range 500 {
				c := s.far(x, i%50)
				c.Say(x.web.Addr, synth.Segment{SrcPort: uint16(40000 + i%50), DstPort: 22, Seq: 77, Ack: 99, Flags: decode.ACK, Window: 501})
				x.web.Say(c.Addr, synth.Segment{SrcPort: 22, DstPort: uint16(40000 + i%50), Seq: 99, Ack: 78, Flags: decode.ACK, Window: 501})
				s.Wait(time.Second)
			}
		}),
	))
}
