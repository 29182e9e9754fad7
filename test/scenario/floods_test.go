package scenario

import (
	"net/netip"
	"testing"
	"time"

	"klaxon"
	"klaxon/internal/decode"
	"klaxon/internal/synth"
	"klaxon/internal/track"
	"klaxon/test/truth"
)

// TestFloods is about what is loud and no scan. A flood may be told as such,
// and the large ones must be; nobody is to be called a scanner.
func TestFloods(t *testing.T) {
	flooded := func(s *stage, h *synth.Host, technique klaxon.Technique) {
		s.want(truth.Want{Techniques: []klaxon.Technique{technique}, Shape: klaxon.ShapeFlood, Victim: h.Addr})
	}
	play(t, []scenario{
		{"spoofed SYNs to one port", func(s *stage) {
			x := s.site4()
			x.evil.Flood(x.web.Addr, 80, 8000, 250*time.Microsecond, s.Anywhere)
			flooded(s, x.web, klaxon.Syn)
		}},
		{"spoofed SYNs to a closed port", func(s *stage) {
			x := s.site4()
			x.evil.Flood(x.web.Addr, 8080, 8000, 250*time.Microsecond, s.Anywhere)
			flooded(s, x.web, klaxon.Syn)
		}},
		{"spoofed SYNs from one network", func(s *stage) {
			x := s.site4()
			x.evil.Flood(x.web.Addr, 80, 8000, 250*time.Microsecond, func() netip.Addr {
				return synth.Nth(netip.MustParsePrefix("203.0.112.0/22"), s.Rand().IntN(1024))
			})
			flooded(s, x.web, klaxon.Syn)
		}},
		{"spoofed SYNs from one /64", func(s *stage) {
			x := s.site6()
			x.evil.Flood(x.web.Addr, 80, 8000, 250*time.Microsecond, func() netip.Addr {
				b := netip.MustParseAddr("2001:db8:f00d::").As16()
				for i := 8; i < 16; i++ {
					b[i] = byte(s.Rand().Uint32())
				}
				return netip.AddrFrom16(b)
			})
			flooded(s, x.web, klaxon.Syn)
		}},
		{"SYNs of one host to one port", func(s *stage) {
			x := s.site4()
			x.evil.Flood(x.web.Addr, 80, 8000, 250*time.Microsecond, nil)
			flooded(s, x.web, klaxon.Syn)
		}},
		{"spoofed SYNs to any port", func(s *stage) {
			x := s.site4()
			for range 8000 {
				x.evil.Flood(x.web.Addr, uint16(s.Rand().Uint32()), 1, 200*time.Microsecond, s.Anywhere)
			}
			flooded(s, x.web, klaxon.Syn)
		}},
		{"spoofed SYNs to a whole network", func(s *stage) {
			x := s.site4()
			for range 8000 {
				x.evil.Flood(x.LAN.Addr(s.Rand().IntN(256)), 80, 1, 200*time.Microsecond, s.Anywhere)
			}
			s.mayFlood()
		}},
		{"spoofed datagrams to any port", func(s *stage) {
			x := s.site4()
			for range 8000 {
				forge(s, x.web.Addr, synth.Datagram{SrcPort: uint16(s.Rand().Uint32()), DstPort: uint16(s.Rand().Uint32()), Data: make([]byte, 32)})
				s.Wait(200 * time.Microsecond)
			}
			flooded(s, x.web, klaxon.Udp)
		}},
		{"spoofed ACKs", func(s *stage) {
			x := s.site4()
			for range 8000 {
				forge(s, x.web.Addr, synth.Segment{SrcPort: uint16(s.Rand().Uint32()), DstPort: 80, Seq: s.Rand().Uint32(), Ack: s.Rand().Uint32(), Flags: decode.ACK, Window: 65535})
				s.Wait(200 * time.Microsecond)
			}
			s.mayFlood()
		}},
		{"ACKs of one host to one port", func(s *stage) {
			x := s.site4()
			for range 5000 {
				x.evil.Shout(x.web.Addr, synth.Segment{SrcPort: uint16(s.Rand().Uint32()), DstPort: 80, Seq: s.Rand().Uint32(), Ack: s.Rand().Uint32(), Flags: decode.ACK, Window: 512})
				s.Wait(200 * time.Microsecond)
			}
			s.mayFlood()
		}},
		{"spoofed echo requests", func(s *stage) {
			x := s.site4()
			for range 5000 {
				forge(s, x.web.Addr, synth.ICMP{Type: 8, ID: uint16(s.Rand().Uint32()), Data: make([]byte, 56)})
				s.Wait(200 * time.Microsecond)
			}
			s.mayFlood()
		}},
		{"spoofed Xmas segments", func(s *stage) {
			x := s.site4()
			for range 5000 {
				forge(s, x.web.Addr, synth.Segment{SrcPort: uint16(s.Rand().Uint32()), DstPort: 80, Seq: s.Rand().Uint32(), Flags: 0x29, Window: 512})
				s.Wait(200 * time.Microsecond)
			}
			s.mayFlood()
		}},
		{"a flood, and a scan in it", func(s *stage) {
			x := s.site4()
			n := s.Host("192.0.2.200").Nmap()
			s.After(500*time.Millisecond, func() { n.SYN(addrs(x.web), synth.Ports(1, 60)) })
			x.evil.Flood(x.web.Addr, 80, 8000, 250*time.Microsecond, s.Anywhere)
			flooded(s, x.web, klaxon.Syn)
			s.scan(s.Host("192.0.2.200"), "nmap", 3, klaxon.ShapeVertical, klaxon.Syn)
		}},
		{"a slow scan under a flood that fills every table", func(s *stage) {
			x := s.site4()
			s.track.Memory = track.MinMemory
			slow := s.Host("192.0.2.200")
			s.Every(3*time.Second, 25, func() {
				slow.Connect(x.web.Addr, uint16(1000+s.Now().Unix()%1000), synth.Talk{})
			})
			x.evil.Flood(x.db.Addr, 5432, 30000, 2600*time.Microsecond, s.Anywhere)
			flooded(s, x.db, klaxon.Syn)
			s.want(truth.Want{Source: slow.Addr, Techniques: []klaxon.Technique{klaxon.Connect}, Shape: klaxon.ShapeVertical, MaxProbes: 12})
		}},
		{"a crowd with a purpose", func(s *stage) {
			x := s.site4()
			for i := range 4000 {
				h := s.Host(synth.Nth(netip.MustParsePrefix("192.0.2.0/20"), i).String())
				h.Connect(x.web.Addr, 443, synth.Talk{Up: 400, Down: 3000})
				s.Wait(2 * time.Millisecond)
			}
		}},
	})
}

// forge sends a packet that comes from anywhere.
func forge(s *stage, to netip.Addr, b synth.Body) {
	s.Host("198.51.100.250").ShoutFrom(s.Anywhere(), to, b)
}

// TestBackscatter is about the answers of others' victims, and of reflectors.
func TestBackscatter(t *testing.T) {
	ours := func(s *stage) netip.Addr { return synth.Nth(netip.MustParsePrefix(lan4), s.Rand().IntN(256)) }
	high := func(s *stage) uint16 { return uint16(1024 + s.Rand().IntN(64000)) }
	answers := func(name string, body func(s *stage) synth.Body) scenario {
		return scenario{name, func(s *stage) {
			x := s.site4()
			victim := s.Host("203.0.113.80").Open(80)
			s.innocent(victim, x.evil)
			for range 4000 {
				victim.Shout(ours(s), body(s))
				s.Wait(3 * time.Millisecond)
			}
		}}
	}
	reflect := func(port uint16, size int) scenario {
		return scenario{"reflection from port " + itoa(port), func(s *stage) {
			x := s.site4()
			reflectors := s.Hosts("203.0.113.1", 200)
			for range 4000 {
				r := reflectors[s.Rand().IntN(len(reflectors))]
				r.Shout(x.web.Addr, synth.Datagram{SrcPort: port, DstPort: high(s), Data: make([]byte, size)})
				s.Wait(time.Millisecond)
			}
			s.mayFlood()
		}}
	}
	carpet := func(port uint16) scenario {
		return scenario{"one reflector to the whole network, port " + itoa(port), func(s *stage) {
			s.site4()
			r := s.Host("203.0.113.53")
			for range 3000 {
				r.Shout(ours(s), synth.Datagram{SrcPort: port, DstPort: high(s), Data: make([]byte, 400)})
				s.Wait(2 * time.Millisecond)
			}
			s.mayFlood()
		}}
	}
	play(t, []scenario{
		answers("SYN+ACK", func(s *stage) synth.Body {
			return synth.Segment{SrcPort: 80, DstPort: high(s), Seq: s.Rand().Uint32(), Ack: s.Rand().Uint32(), Flags: decode.SYN | decode.ACK, Window: 29200, Options: []byte{2, 4, 5, 180}}
		}),
		answers("SYN+ACK to a flood with one number", func(s *stage) synth.Body {
			return synth.Segment{SrcPort: 80, DstPort: 3072, Seq: s.Rand().Uint32(), Ack: 674711610, Flags: decode.SYN | decode.ACK, Window: 29200, Options: []byte{2, 4, 5, 180}}
		}),
		answers("RST+ACK", func(s *stage) synth.Body {
			return synth.Segment{SrcPort: 80, DstPort: high(s), Ack: s.Rand().Uint32(), Flags: decode.RST | decode.ACK}
		}),
		answers("RST+ACK to a flood with one number", func(s *stage) synth.Body {
			return synth.Segment{SrcPort: 80, DstPort: high(s), Ack: 674711610, Flags: decode.RST | decode.ACK}
		}),
		answers("RST", func(s *stage) synth.Body {
			return synth.Segment{SrcPort: 80, DstPort: high(s), Seq: s.Rand().Uint32(), Flags: decode.RST}
		}),
		answers("RST to ACKs with one number", func(s *stage) synth.Body {
			return synth.Segment{SrcPort: 80, DstPort: high(s), Seq: 0x1234567, Flags: decode.RST}
		}),
		answers("RST with a window", func(s *stage) synth.Body {
			return synth.Segment{SrcPort: 80, DstPort: high(s), Seq: s.Rand().Uint32(), Flags: decode.RST, Window: 8192}
		}),
		answers("echo replies", func(s *stage) synth.Body { return synth.ICMP{Type: 0, ID: high(s), Data: make([]byte, 56)} }),
		{"unreachable ports of a victim", func(s *stage) {
			s.site4()
			victim := s.Host("203.0.113.80")
			s.innocent(victim)
			for range 2000 { // the forger wrote our addresses
				p := &synth.Packet{Src: ours(s), Dst: victim.Addr, TTL: 50, Body: synth.Datagram{SrcPort: high(s), DstPort: high(s), Data: make([]byte, 64)}}
				victim.Say(p.Src, synth.Unreachable(p))
				s.Wait(5 * time.Millisecond)
			}
		}},
		reflect(53, 1200), reflect(123, 440), reflect(1900, 300), reflect(11211, 1400), reflect(389, 1400), reflect(19, 800),
		carpet(53), carpet(123), carpet(11211), carpet(19), carpet(3283),
		{"our resolver is used to reflect", func(s *stage) {
			x := s.site4()
			victim := s.Host("203.0.113.80")
			s.innocent(victim)
			for range 3000 {
				victim.Shout(x.mail.Addr, synth.Datagram{SrcPort: high(s), DstPort: 53, Data: make([]byte, 40)}) // forged
				s.Wait(2 * time.Millisecond)
			}
			s.mayFlood()
		}},
	})
}
