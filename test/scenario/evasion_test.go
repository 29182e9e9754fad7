package scenario

import (
	"net/netip"
	"testing"
	"time"

	"klaxon"
	"klaxon/internal/decode"
	"klaxon/internal/synth"
	"klaxon/test/truth"
)

func TestEvasion(t *testing.T) {
	play(t, join(fragments(), headers(), wraps(), sourcePorts(), exemptions(), credit()))
}

// fragments cut the probes so that flags or ports stand elsewhere.
func fragments() (list []scenario) {
	for _, f := range []struct {
		name    string
		size    int
		overlap bool
	}{{"-f", 8, false}, {"-ff", 16, false}, {"-f, overlapping", 8, true}} {
		for _, r := range rawTCP {
			if r.technique == klaxon.Flags && f.size != 8 {
				continue
			}
			list = append(list, both("nmap "+f.name+" "+r.name, func(s *stage, x *site) {
				n := x.evil.Nmap()
				n.Fragment, n.Overlap = f.size, f.overlap
				r.run(n, addrs(x.web), synth.Ports(1, 60))
				s.scan(x.evil, "nmap", r.probes, klaxon.ShapeVertical, r.technique)
			})...)
		}
	}
	list = append(list, both("nmap -f, backwards", func(s *stage, x *site) {
		n := x.evil.Nmap()
		n.Fragment, n.Backwards = 8, true
		n.SYN(addrs(x.web), synth.Ports(1, 60))
		s.scan(x.evil, "nmap", 3, klaxon.ShapeVertical, klaxon.Syn)
	})...)
	list = append(list, scenario{"nmap --ip-options R", func(s *stage) {
		x := s.site4()
		n := x.evil.Nmap()
		n.Options = append([]byte{7, 39, 4}, make([]byte, 37)...)
		n.SYN(addrs(x.web), synth.Ports(1, 60))
		s.scan(x.evil, "nmap", 3, klaxon.ShapeVertical, klaxon.Syn)
	}})
	return append(list, both("udp in fragments", func(s *stage, x *site) {
		n := x.evil.Nmap()
		n.Pace, n.Fragment = 1200*time.Millisecond, 8
		n.UDP(addrs(x.web), append([]uint16{111, 123, 137, 161, 500, 1900}, synth.Ports(1000, 1020)...))
		s.scan(x.evil, "", 10, klaxon.ShapeVertical, klaxon.Udp)
	})...)
}

// headers are IPv6 extension headers in front of the probe.
func headers() (list []scenario) {
	const hopByHop, routing, fragment, destination = 0, 43, 44, 60
	for name, ext := range map[string][]uint8{
		"hop-by-hop": {hopByHop}, "destination": {destination}, "both": {hopByHop, destination},
		"routing": {routing}, "atomic fragment": {fragment}, "six of them": {hopByHop, destination, destination, destination, destination, destination},
	} {
		list = append(list, scenario{"nmap syn behind headers: " + name, func(s *stage) {
			x := s.site6()
			n := x.evil.Nmap()
			n.Ext = ext
			n.SYN(addrs(x.web), synth.Ports(1, 60))
			s.scan(x.evil, "nmap", 3, klaxon.ShapeVertical, klaxon.Syn)
		}}, scenario{"udp behind headers: " + name, func(s *stage) {
			x := s.site6()
			n := x.evil.Nmap()
			n.Ext, n.Pace = ext, 1200*time.Millisecond
			n.UDP(addrs(x.web), synth.Ports(1000, 1030))
			s.scan(x.evil, "", 10, klaxon.ShapeVertical, klaxon.Udp)
		}})
		if ext[0] == fragment {
			continue // twice the same header
		}
		list = append(list, scenario{"raw syn behind headers and in fragments: " + name, func(s *stage) {
			x := s.site6()
			n := x.evil.Nmap()
			n.Ext, n.Fragment = ext, 8
			n.SYN(addrs(x.web), synth.Ports(1, 60))
			s.scan(x.evil, "nmap", 3, klaxon.ShapeVertical, klaxon.Syn)
		}})
	}
	return list
}

// wraps are the forms in which a sensor may get its packets.
func wraps() (list []scenario) {
	for name, tap := range map[string]synth.Tap{
		"VLAN":             {Link: decode.LinkEthernet, VLANs: []uint16{42}},
		"QinQ":             {Link: decode.LinkEthernet, VLANs: []uint16{100, 42}},
		"SLL":              {Link: decode.LinkSLL},
		"SLL2":             {Link: decode.LinkSLL2},
		"raw IP":           {Link: decode.LinkRaw},
		"null":             {Link: decode.LinkNull},
		"loop":             {Link: decode.LinkLoop},
		"GRE":              {Link: decode.LinkEthernet, Tunnel: synth.GRE},
		"ERSPAN":           {Link: decode.LinkEthernet, Tunnel: synth.ERSPAN},
		"VXLAN":            {Link: decode.LinkEthernet, Tunnel: synth.VXLAN},
		"a VLAN in ERSPAN": {Link: decode.LinkEthernet, VLANs: []uint16{7}, Tunnel: synth.ERSPAN},
	} {
		list = append(list, both("nmap syn in "+name, func(s *stage, x *site) {
			s.Watch(tap)
			s.mirrors = tap.Tunnel != nil
			x.evil.Nmap().SYN(addrs(x.web), synth.Ports(1, 60))
			s.scan(x.evil, "nmap", 3, klaxon.ShapeVertical, klaxon.Syn)
		})...)
		list = append(list, both("connect in "+name, func(s *stage, x *site) {
			s.Watch(tap)
			s.mirrors = tap.Tunnel != nil
			x.evil.Nmap().Connect(addrs(x.web), synth.Ports(1000, 1030))
			s.scan(x.evil, "-", 10, klaxon.ShapeVertical, klaxon.Connect)
		})...)
	}
	return list
}

// sourcePorts come from services, in the hope to be let through or overlooked.
func sourcePorts() (list []scenario) {
	for name, port := range map[string]uint16{"ftp-data": 20, "domain": 53, "http": 80, "ntp": 123, "https": 443} {
		list = append(list, both("nmap -sS -g "+name, func(s *stage, x *site) {
			n := x.evil.Nmap()
			n.From = port
			n.SYN(addrs(x.web), synth.Ports(1, 60))
			s.scan(x.evil, "nmap", 3, klaxon.ShapeVertical, klaxon.Syn)
		})...)
		list = append(list, both("nmap -sU -g "+name, func(s *stage, x *site) {
			n := x.evil.Nmap()
			n.From, n.Pace = port, 1200*time.Millisecond
			n.UDP(addrs(x.web), synth.Ports(1000, 1030))
			s.scan(x.evil, "", 10, klaxon.ShapeVertical, klaxon.Udp)
		})...)
	}
	return append(list, both("connect from port 53", func(s *stage, x *site) {
		for _, p := range synth.Ports(1000, 1030) {
			x.evil.Connect(x.web.Addr, p, synth.Talk{From: 53})
			s.Wait(20 * time.Millisecond)
		}
		s.scan(x.evil, "-", 10, klaxon.ShapeVertical, klaxon.Connect)
	})...)
}

// exemptions are scans that look like what is let off.
func exemptions() []scenario {
	return join(
		both("a sweep of DHCP servers", func(s *stage, x *site) {
			x.evil.Nmap().UDP(x.all(1, 100), []uint16{67})
			s.scan(x.evil, "", 0, klaxon.ShapeSweep, klaxon.Udp)
		}),
		both("a sweep by one who pretends to lease", func(s *stage, x *site) {
			s.innocent(x.gateway)
			x.insider.Say(x.web.Addr, synth.Datagram{SrcPort: 67, DstPort: 68, Data: make([]byte, 300)})
			x.insider.Nmap().Echo(x.all(1, 120))
			s.scan(x.insider, "", 0, klaxon.ShapeSweep, klaxon.IcmpEcho)
		}),
		both("a raw sweep by one with a low hop limit", func(s *stage, x *site) {
			for _, a := range x.all(1, 120) { // as traceroute's last packets have it
				p := synth.Packet{Src: x.evil.Addr, Dst: a, TTL: 25, Body: synth.Datagram{SrcPort: 4000, DstPort: 33434}}
				x.evil.Send(&p)
				s.Wait(20 * time.Millisecond)
			}
			s.scan(x.evil, "", 0, klaxon.ShapeSweep, klaxon.Udp)
		}),
		[]scenario{
			{"nbtscan", func(s *stage) {
				x := s.site4()
				for _, a := range x.all(1, 254) {
					x.insider.AskFrom(137, a, 137, 50)
					s.Wait(5 * time.Millisecond)
				}
				s.scan(x.insider, "", 0, klaxon.ShapeSweep, klaxon.Udp)
			}},
			{"nmap -sU -g 53 --data-length 24 of high ports", func(s *stage) {
				x := s.site4()
				n := x.evil.Nmap()
				n.From, n.Payload, n.Pace = 53, 24, 400*time.Millisecond
				n.UDP(addrs(x.web), synth.Ports(2000, 2060))
				s.scan(x.evil, "", 0, klaxon.ShapeVertical, klaxon.Udp)
			}},
			{"echo requests with a low hop limit", func(s *stage) {
				x := s.site4()
				for _, a := range x.all(1, 120) {
					p := synth.Packet{Src: x.evil.Addr, Dst: a, TTL: 25, Body: synth.ICMP{Type: 8, ID: 7}}
					x.evil.Send(&p)
					s.Wait(20 * time.Millisecond)
				}
				s.scan(x.evil, "", 0, klaxon.ShapeSweep, klaxon.IcmpEcho)
			}},
			{"ip-protocol scan of the protocols that are spoken", func(s *stage) {
				x := s.site4()
				x.evil.Nmap().Protocols(addrs(x.web), 2, 5)
				x.evil.Nmap().Protocols(addrs(x.web), 41, 52)
				x.evil.Nmap().Protocols(addrs(x.web), 88, 115)
				s.want(truth.Want{Source: x.evil.Addr, Techniques: []klaxon.Technique{klaxon.IPProtocol}, Shape: klaxon.ShapeVertical})
			}},
		},
	)
}

// credit are scans by those who have, or buy, a good name.
func credit() []scenario {
	return join(
		both("visits between the probes", func(s *stage, x *site) {
			for i, p := range synth.Ports(1000, 1060) {
				x.evil.Connect(x.web.Addr, p, synth.Talk{})
				s.Wait(time.Second)
				x.evil.Connect(s.near(x, i).Open(80).Addr, 80, synth.Talk{Up: 100, Down: 2000})
				s.Wait(time.Second)
			}
			s.want(truth.Want{Source: x.evil.Addr, Techniques: []klaxon.Technique{klaxon.Connect}, MaxProbes: 24})
		}),
		both("a connect scan out of a busy NAT", func(s *stage, x *site) {
			for i := range 400 {
				h := s.near(x, i%60).Open(80, 443)
				x.evil.Connect(h.Addr, []uint16{80, 443}[i&1], synth.Talk{Up: 500, Down: 5000})
				s.Wait(200 * time.Millisecond)
			}
			for i, p := range synth.Ports(1000, 1060) {
				x.evil.Connect(x.db.Addr, p, synth.Talk{})
				x.evil.Connect(s.near(x, i).Addr, 443, synth.Talk{Up: 500, Down: 5000})
				s.Wait(200 * time.Millisecond)
			}
			s.want(truth.Want{Source: x.evil.Addr, Techniques: []klaxon.Technique{klaxon.Connect}})
		}),
		both("a sweep out of a busy NAT", func(s *stage, x *site) {
			for i := range 400 {
				h := s.near(x, i%60).Open(80, 443)
				x.evil.Connect(h.Addr, []uint16{80, 443}[i&1], synth.Talk{Up: 500, Down: 5000})
				s.Wait(200 * time.Millisecond)
			}
			for i := range 100 { // all refused, or dark
				x.evil.Connect(s.near(x, i).Addr, 445, synth.Talk{Fast: true})
				s.Wait(200 * time.Millisecond)
			}
			s.want(truth.Want{Source: x.evil.Addr, Techniques: []klaxon.Technique{klaxon.Connect}})
		}),
	)
}

// TestOneWay is about sensors that do not see the answers.
func TestOneWay(t *testing.T) {
	blind := func(s *stage) { s.Hide = func(p *synth.Packet) bool { return s.inside(p.Src) } }
	play(t, join(
		both("connect, answers unseen", func(s *stage, x *site) {
			blind(s)
			n := x.evil.Nmap()
			n.Pace = 5 * time.Second
			n.Connect(addrs(x.web), synth.Ports(1000, 1060))
			s.scan(x.evil, "-", 28, klaxon.ShapeVertical, klaxon.Connect)
		}),
		both("connect, answers unseen, -one-way", func(s *stage, x *site) {
			blind(s)
			s.track.OneWay = true
			n := x.evil.Nmap()
			n.Pace = 5 * time.Second
			n.Connect(addrs(x.web), synth.Ports(1000, 1060))
			s.scan(x.evil, "-", 10, klaxon.ShapeVertical, klaxon.Connect)
		}),
		both("nmap syn, answers unseen", func(s *stage, x *site) {
			blind(s)
			x.evil.Nmap().SYN(addrs(x.web), synth.Ports(1, 60))
			s.scan(x.evil, "nmap", 3, klaxon.ShapeVertical, klaxon.Syn)
		}),
		both("nmap sweep, answers unseen", func(s *stage, x *site) {
			blind(s)
			x.evil.Nmap().ACK(x.all(1, 60), []uint16{80})
			s.scan(x.evil, "nmap", 10, klaxon.ShapeSweep, klaxon.Ack)
		}),
		both("dark network", func(s *stage, x *site) {
			blind(s)
			s.track.Dark = []netip.Prefix{x.Net}
			n := x.evil.Nmap()
			n.Pace = 5 * time.Second
			n.Connect(x.all(100, 130), []uint16{8443})
			s.scan(x.evil, "-", 5, klaxon.ShapeSweep, klaxon.Connect)
		}),
	))
}

func (s *stage) inside(a netip.Addr) bool {
	return netip.MustParsePrefix(lan4).Contains(a) || netip.MustParsePrefix(lan6).Contains(a)
}
