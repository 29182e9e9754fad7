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

func TestScansTCP(t *testing.T) {
	play(t, join(nmapTCP(), connects(), tcpTools(), fewPorts(), slowScans()))
}

// rawTCP are nmap's scans with raw segments. probes is how many are enough.
var rawTCP = []struct {
	name      string
	technique klaxon.Technique
	probes    int
	run       func(n *synth.Nmap, to []netip.Addr, ports []uint16)
}{
	{"syn", klaxon.Syn, 3, (*synth.Nmap).SYN},
	{"fin", klaxon.Fin, 5, (*synth.Nmap).FIN},
	{"null", klaxon.Null, 5, (*synth.Nmap).Null},
	{"xmas", klaxon.Xmas, 5, (*synth.Nmap).Xmas},
	{"maimon", klaxon.Maimon, 10, (*synth.Nmap).Maimon},
	{"ack", klaxon.Ack, 10, (*synth.Nmap).ACK},
	{"syn+fin", klaxon.Flags, 5, func(n *synth.Nmap, to []netip.Addr, ports []uint16) { n.Flags(to, ports, decode.SYN|decode.FIN) }},
	{"syn+ack", klaxon.Flags, 10, func(n *synth.Nmap, to []netip.Addr, ports []uint16) { n.Flags(to, ports, decode.SYN|decode.ACK) }},
	{"rst", klaxon.Flags, 10, func(n *synth.Nmap, to []netip.Addr, ports []uint16) { n.Flags(to, ports, decode.RST) }},
	{"urg", klaxon.Flags, 5, func(n *synth.Nmap, to []netip.Addr, ports []uint16) { n.Flags(to, ports, decode.URG) }},
}

// nmapTCP is every one of them over both versions, in every shape.
func nmapTCP() (list []scenario) {
	for _, r := range rawTCP {
		list = append(list, both("nmap "+r.name+" vertical", func(s *stage, x *site) {
			r.run(x.evil.Nmap(), addrs(x.web), synth.Ports(1, 200))
			s.scanOf(1, 200, x.evil, "nmap", r.probes, klaxon.ShapeVertical, r.technique)
		})...)
		list = append(list, both("nmap "+r.name+" vertical firewalled", func(s *stage, x *site) {
			r.run(x.evil.Nmap(), addrs(x.wall), synth.Ports(400, 500))
			s.scanOf(1, 101, x.evil, "nmap", r.probes, klaxon.ShapeVertical, r.technique)
		})...)
		list = append(list, both("nmap "+r.name+" sweep", func(s *stage, x *site) {
			r.run(x.evil.Nmap(), x.all(1, 100), []uint16{443})
			s.scanOf(100, 1, x.evil, "nmap", r.probes, klaxon.ShapeSweep, r.technique)
		})...)
		list = append(list, both("nmap "+r.name+" block", func(s *stage, x *site) {
			r.run(x.insider.Nmap(), x.all(1, 40), synth.Ports(20, 45))
			s.scanOf(40, 26, x.insider, "nmap", r.probes, klaxon.ShapeBlock, r.technique)
		})...)
	}
	return list
}

// connects are scans by the kernel: only what comes of them tells.
func connects() []scenario {
	proven := func(s *stage, h *synth.Host, shape klaxon.Shape, probes int) {
		s.want(truth.Want{Source: h.Addr, Techniques: []klaxon.Technique{klaxon.Connect}, Shape: shape, Tool: "-", MaxProbes: probes})
	}
	return join(
		both("connect vertical", func(s *stage, x *site) {
			x.evil.Nmap().Connect(addrs(x.web), synth.Ports(1, 100))
			proven(s, x.evil, klaxon.ShapeVertical, 14) // 3 of the ports are open
		}),
		both("connect 10 refusals", func(s *stage, x *site) {
			x.evil.Nmap().Connect(addrs(x.web), synth.Ports(1000, 1009))
			proven(s, x.evil, klaxon.ShapeVertical, 10)
		}),
		both("connect 8 refusals is only suspect", func(s *stage, x *site) {
			s.suspected(x.evil)
			x.evil.Nmap().Connect(addrs(x.web), synth.Ports(1000, 1007))
		}),
		both("connect sweep", func(s *stage, x *site) {
			x.evil.Nmap().Connect(x.all(1, 100), []uint16{8443})
			proven(s, x.evil, klaxon.ShapeSweep, 0)
		}),
		both("connect block", func(s *stage, x *site) {
			x.insider.Nmap().Connect(x.all(1, 12), synth.Ports(20, 90))
			s.scan(x.insider, "connect-scanner", 0, klaxon.ShapeBlock, klaxon.Connect)
		}),
		both("connect one-way silence", func(s *stage, x *site) {
			n := x.evil.Nmap()
			n.Pace = 5 * time.Second // silence needs its time: only so can probes be counted
			n.Connect(addrs(x.wall), synth.Ports(1000, 1059))
			proven(s, x.evil, klaxon.ShapeVertical, 28)
		}),
		both("connect by Windows", func(s *stage, x *site) {
			x.insider.Runs(synth.Windows).Nmap().Connect(addrs(x.web), synth.Ports(1000, 1040))
			proven(s, x.insider, klaxon.ShapeVertical, 10)
		}),
		both("connect to open ports only", func(s *stage, x *site) {
			many := x.Host().Open(synth.Ports(1, 60)...)
			x.evil.Nmap().Connect(addrs(many), synth.Ports(1, 60))
			s.want(truth.Want{Source: x.evil.Addr, Techniques: []klaxon.Technique{klaxon.Connect}, Shape: klaxon.ShapeVertical, Proof: klaxon.ProofHandshake})
		}),
	)
}

// tcpTools are the other tools.
func tcpTools() []scenario {
	return []scenario{
		{"masscan vertical", func(s *stage) {
			x := s.site4()
			x.evil.NoReset().Masscan().SYN(addrs(x.web), synth.Ports(1, 100))
			s.scan(x.evil, "masscan", 3, klaxon.ShapeVertical, klaxon.Syn)
		}},
		{"masscan of one dark port each", func(s *stage) {
			x := s.site4()
			x.evil.Masscan().SYN(x.all(100, 250), []uint16{3389})
			s.scan(x.evil, "masscan", 3, klaxon.ShapeSweep, klaxon.Syn)
		}},
		{"masscan without options, block", func(s *stage) {
			x := s.site4()
			m := x.evil.Masscan()
			m.Old = true
			m.SYN(x.all(1, 250), synth.Ports(20, 60))
			s.scan(x.evil, "masscan", 3, klaxon.ShapeBlock, klaxon.Syn)
		}},
		{"masscan v6", func(s *stage) {
			x := s.site6()
			x.evil.Masscan().SYN(addrs(x.web), synth.Ports(1, 60))
			s.scan(x.evil, "", 10, klaxon.ShapeVertical, klaxon.Syn)
		}},
		{"zmap before 4", func(s *stage) {
			x := s.site4()
			x.evil.ZMap().SYN(x.all(0, 255), 443)
			s.scan(x.evil, "zmap", 0, klaxon.ShapeSweep, klaxon.Syn)
		}},
		{"zmap since 4.1, Windows layout", func(s *stage) {
			x := s.site4()
			z := x.evil.ZMap()
			z.New = synth.Windows
			z.SYN(x.all(0, 255), 443)
			s.scan(x.evil, "zmap", 0, klaxon.ShapeSweep, klaxon.Syn)
		}},
		{"zmap since 4.1, Linux layout", func(s *stage) {
			x := s.site4()
			z := x.evil.ZMap()
			z.New = synth.Linux
			z.SYN(x.all(0, 255), 443)
			s.scan(x.evil, "zmap", 0, klaxon.ShapeSweep, klaxon.Syn)
		}},
		{"zmap before 4, slowly", func(s *stage) {
			x := s.site4()
			z := x.evil.ZMap()
			z.Pace = 5 * time.Second
			z.SYN(x.all(100, 160), 443)
			s.scan(x.evil, "zmap", 28, klaxon.ShapeSweep, klaxon.Syn)
		}},
		{"unicornscan", func(s *stage) {
			x := s.site4()
			x.evil.Unicornscan(addrs(x.web), synth.Ports(1, 100))
			s.scan(x.evil, "unicornscan", 10, klaxon.ShapeVertical, klaxon.Syn)
		}},
		{"Mirai", func(s *stage) {
			x := s.site4()
			x.evil.Mirai(x.all(0, 255))
			s.scan(x.evil, "mirai", 10, klaxon.ShapeSweep, klaxon.Syn)
		}},
		{"hping3 -S -p ++1", func(s *stage) {
			x := s.site4()
			x.evil.Hping3(x.web.Addr, synth.Ports(1, 60), decode.SYN)
			s.scan(x.evil, "hping3", 10, klaxon.ShapeVertical, klaxon.Syn)
		}},
		{"naabu", func(s *stage) {
			x := s.site4()
			x.evil.Naabu(addrs(x.web), synth.Ports(1, 100))
			s.scan(x.evil, "naabu", 10, klaxon.ShapeVertical, klaxon.Syn)
		}},
		{"scapy", func(s *stage) {
			x := s.site4()
			x.evil.Scapy(addrs(x.web), synth.Ports(1, 100))
			s.scan(x.evil, "scapy", 10, klaxon.ShapeVertical, klaxon.Syn)
		}},
		{"raw SYNs of nobody's tool", func(s *stage) {
			x := s.site4()
			x.evil.Custom(addrs(x.web), synth.Ports(1, 100), 10*time.Millisecond)
			s.scan(x.evil, "-", 10, klaxon.ShapeVertical, klaxon.Syn)
		}},
		{"raw SYNs of nobody's tool, unanswered", func(s *stage) {
			x := s.site4()
			x.evil.Custom(addrs(x.wall), synth.Ports(1, 60), 5*time.Second)
			s.scan(x.evil, "-", 28, klaxon.ShapeVertical, klaxon.Syn)
		}},
	}
}

// fewPorts are scans that end before a counting detector has counted enough.
func fewPorts() []scenario {
	open := []uint16{21, 22, 25, 80, 443}
	return join(
		both("nmap syn of 5 open ports", func(s *stage, x *site) {
			h := x.Host().Open(open...)
			x.evil.Nmap().SYN(addrs(h), open)
			s.scan(x.evil, "nmap", 3, klaxon.ShapeVertical, klaxon.Syn)
		}),
		both("raw syn of 5 closed ports of nobody's tool", func(s *stage, x *site) {
			x.evil.Custom(addrs(x.web), []uint16{21, 23, 25, 110, 8080}, 50*time.Millisecond)
			s.scan(x.evil, "-", 5, klaxon.ShapeVertical, klaxon.Syn)
		}),
		both("raw syn of 5 open ports of nobody's tool", func(s *stage, x *site) {
			h := x.Host().Open(open...)
			x.evil.Custom(addrs(h), open, 50*time.Millisecond)
			s.scan(x.evil, "-", 5, klaxon.ShapeVertical, klaxon.Syn)
		}),
		both("fin of 5 ports", func(s *stage, x *site) {
			x.evil.Nmap().FIN(addrs(x.web), []uint16{21, 23, 25, 110, 8080})
			s.scan(x.evil, "nmap", 5, klaxon.ShapeVertical, klaxon.Fin)
		}),
		both("nmap syn of 12 ports", func(s *stage, x *site) {
			x.evil.Nmap().SYN(addrs(x.db), []uint16{21, 22, 23, 25, 80, 110, 139, 143, 443, 445, 3306, 3389})
			s.scan(x.evil, "nmap", 3, klaxon.ShapeVertical, klaxon.Syn)
		}),
		both("connect to 12 ports", func(s *stage, x *site) {
			x.evil.Nmap().Connect(addrs(x.db), []uint16{21, 23, 25, 80, 110, 139, 143, 443, 445, 3389, 8080, 8443})
			s.scan(x.evil, "-", 10, klaxon.ShapeVertical, klaxon.Connect)
		}),
		both("nmap syn, ports that drop the reset", func(s *stage, x *site) {
			h := x.Host().Open(synth.Ports(1, 20)...)
			x.evil.NoReset().Custom(addrs(h), synth.Ports(1, 20), 50*time.Millisecond)
			s.scan(x.evil, "-", 20, klaxon.ShapeVertical, klaxon.Syn)
		}),
	)
}

// slowScans wait between their probes.
func slowScans() []scenario {
	return join(
		both("nmap -T1, a port every 15 s", func(s *stage, x *site) {
			n := x.evil.Nmap()
			n.Pace = 15 * time.Second
			n.SYN(addrs(x.web), synth.Ports(1, 40))
			s.want(truth.Want{Source: x.evil.Addr, Techniques: []klaxon.Technique{klaxon.Syn}, Shape: klaxon.ShapeVertical, Tool: "nmap", MaxProbes: 3})
		}),
		both("connect, a port every 15 s", func(s *stage, x *site) {
			n := x.evil.Nmap()
			n.Pace = 15 * time.Second
			n.Connect(addrs(x.web), synth.Ports(1000, 1040))
			s.want(truth.Want{Source: x.evil.Addr, Techniques: []klaxon.Technique{klaxon.Connect}, Shape: klaxon.ShapeVertical, MaxProbes: 10})
		}),
		both("nmap -T0, a port every 5 min", func(s *stage, x *site) {
			n := x.evil.Nmap()
			n.Pace, n.Tries = 5*time.Minute, 1
			n.Connect(addrs(x.web), synth.Ports(1000, 1030))
			s.want(truth.Want{Source: x.evil.Addr, Techniques: []klaxon.Technique{klaxon.Connect}, Shape: klaxon.ShapeVertical, MaxProbes: 10})
		}),
		both("an address an hour", func(s *stage, x *site) {
			for _, a := range x.all(1, 12) {
				x.evil.Connect(a, 8443, synth.Talk{Fast: true})
				s.Wait(time.Hour)
			}
			s.want(truth.Want{Source: x.evil.Addr, Techniques: []klaxon.Technique{klaxon.Connect}, Shape: klaxon.ShapeSweep, MaxProbes: 11})
		}),
	)
}
