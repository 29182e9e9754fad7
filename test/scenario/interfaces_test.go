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

// TestInterfaces is about packets that are seen more than once: each counts
// once, and there is one alarm.
func TestInterfaces(t *testing.T) {
	for name, taps := range map[string][]synth.Tap{
		"bond and member":       {{Link: 1, Interface: 1}, {Link: 1, Delay: 3 * time.Microsecond}},
		"VLAN and its carrier":  {{Link: 1, VLANs: []uint16{30}}, {Link: 1, Interface: 1, Delay: 2 * time.Microsecond}},
		"bridge and two ports":  {{Link: 1, Interface: 1}, {Link: 1, Interface: 2, Delay: 5 * time.Microsecond}, {Link: 1, Delay: 9 * time.Microsecond}},
		"lo, twice":             {{Link: 1}, {Link: 1, Delay: 1500 * time.Nanosecond}},
		"a mirror of both ends": {{Link: 1}, {Link: 1, Interface: 1, Delay: 400 * time.Microsecond}},
		"any and one":           {{Link: decode.LinkSLL, Interface: 1}, {Link: 1, Delay: time.Microsecond}},
	} {
		t.Run(name, func(t *testing.T) { play(t, seenTwice(taps)) })
	}
	t.Run("translation", func(t *testing.T) { play(t, translated()) })
}

func seenTwice(taps []synth.Tap) []scenario {
	return join(
		both("nmap syn", func(s *stage, x *site) {
			s.Watch(taps...)
			x.evil.Nmap().SYN(addrs(x.web), synth.Ports(1, 60))
			s.scan(x.evil, "nmap", 3, klaxon.ShapeVertical, klaxon.Syn)
		}),
		both("connect", func(s *stage, x *site) {
			s.Watch(taps...)
			x.evil.Nmap().Connect(addrs(x.web), synth.Ports(1000, 1020))
			s.scan(x.evil, "-", 10, klaxon.ShapeVertical, klaxon.Connect)
		}),
		both("udp", func(s *stage, x *site) {
			s.Watch(taps...)
			n := x.evil.Nmap()
			n.Pace = 1200 * time.Millisecond
			n.UDP(addrs(x.web), synth.Ports(1000, 1020))
			s.scan(x.evil, "", 10, klaxon.ShapeVertical, klaxon.Udp)
		}),
		both("echo", func(s *stage, x *site) {
			s.Watch(taps...)
			x.evil.Nmap().Echo(x.all(1, 120))
			s.scan(x.evil, "", 0, klaxon.ShapeSweep, klaxon.IcmpEcho)
		}),
		both("fin", func(s *stage, x *site) {
			s.Watch(taps...)
			x.evil.Nmap().FIN(addrs(x.web), synth.Ports(1, 60))
			s.scan(x.evil, "nmap", 5, klaxon.ShapeVertical, klaxon.Fin)
		}),
		both("eight refusals are not sixteen", func(s *stage, x *site) {
			s.Watch(taps...)
			x.evil.Nmap().Connect(addrs(x.web), synth.Ports(1000, 1007))
		}),
		both("four illegal segments are not eight", func(s *stage, x *site) {
			s.Watch(taps...)
			for _, p := range synth.Ports(1000, 1003) {
				x.evil.Shout(x.web.Addr, synth.Segment{SrcPort: p + 3, DstPort: p, Seq: s.Rand().Uint32(), Flags: decode.FIN, Window: 1000})
				s.Wait(time.Second)
			}
		}),
		both("visits", func(s *stage, x *site) {
			s.Watch(taps...)
			for i := range 100 {
				s.far(x, i).Connect(x.web.Addr, 443, synth.Talk{Up: 600, Down: 9000})
				x.pcs[i%7].Connect(s.far(x, 200+i).Open(443).Addr, 443, synth.Talk{Up: 600, Down: 9000})
				x.mail.Ask(s.far(x, 400+i).OpenUDP(90, 53).Addr, 53, 40)
				s.Wait(time.Second)
			}
		}),
	)
}

// translated are both sides of a router that rewrites addresses.
func translated() []scenario {
	public, private := netip.MustParseAddr("203.0.113.2"), netip.MustParseAddr("10.0.0.2")
	outside := synth.Tap{Link: 1, As: func(p synth.Packet) synth.Packet {
		if p.Dst == private {
			p.Dst = public
		}
		if p.Src == private {
			p.Src = public
		}
		p.TTL++
		return p
	}}
	inside := synth.Tap{Link: 1, Interface: 1, Delay: 40 * time.Microsecond}
	masquerade := synth.Tap{Link: 1, Interface: 1, Delay: 40 * time.Microsecond, As: func(p synth.Packet) synth.Packet {
		if s := netip.MustParsePrefix(lan4); s.Contains(p.Src) {
			p.Src = netip.MustParseAddr("203.0.113.1")
		} else if s.Contains(p.Dst) {
			p.Dst = netip.MustParseAddr("203.0.113.1")
		}
		p.TTL--
		return p
	}}
	return []scenario{
		{"a scan of a forwarded host", func(s *stage) {
			x := s.site4()
			s.Watch(outside, inside)
			x.evil.Nmap().SYN(addrs(x.web), synth.Ports(1, 60))
			s.scan(x.evil, "nmap", 3, "", klaxon.Syn)
		}},
		{"connections to a forwarded host", func(s *stage) {
			x := s.site4()
			s.Watch(outside, inside)
			x.evil.Nmap().Connect(addrs(x.web), synth.Ports(1000, 1020))
			s.scan(x.evil, "-", 10, "", klaxon.Connect)
		}},
		{"a scan from inside, masqueraded", func(s *stage) {
			x := s.site4()
			s.Watch(synth.Tap{Link: 1}, masquerade)
			far := s.far(x, 1)
			x.insider.Nmap().SYN(addrs(far), synth.Ports(1, 60))
			s.want(truth.Want{Source: x.insider.Addr, Techniques: []klaxon.Technique{klaxon.Syn}, Tool: "nmap", Shape: klaxon.ShapeVertical, MaxProbes: 3})
		}},
		{"visits, masqueraded", func(s *stage) {
			x := s.site4()
			s.Watch(synth.Tap{Link: 1}, masquerade)
			for i := range 200 {
				x.pcs[i%7].Connect(s.far(x, 200+i).Open(443).Addr, 443, synth.Talk{Up: 600, Down: 9000})
				s.Wait(time.Second)
			}
		}},
	}
}
