package scenario

import (
	"testing"
	"time"

	"klaxon"
	"klaxon/internal/synth"
	"klaxon/test/truth"
)

func TestScansICMP(t *testing.T) {
	play(t, join(pings(), protocols(), systems()))
}

// pings look for hosts with queries.
func pings() []scenario {
	return join(
		both("nmap -PE sweep", func(s *stage, x *site) {
			x.evil.Nmap().Echo(x.all(1, 120))
			s.scan(x.evil, "nmap", 0, klaxon.ShapeSweep, klaxon.IcmpEcho)
		}),
		both("nmap -PE sweep, slowly", func(s *stage, x *site) {
			n := x.evil.Nmap()
			n.Pace, n.Tries = 5*time.Second, 1
			n.Echo(x.all(1, 120))
			s.scan(x.evil, "", 28, klaxon.ShapeSweep, klaxon.IcmpEcho)
		}),
		both("fping sweep", func(s *stage, x *site) {
			for _, a := range x.all(1, 120) {
				x.insider.Ping(a, 1)
				s.Wait(25 * time.Millisecond)
			}
			s.scan(x.insider, "-", 0, klaxon.ShapeSweep, klaxon.IcmpEcho)
		}),
		both("nmap -sn from outside", func(s *stage, x *site) {
			x.evil.Nmap().Hosts(x.all(1, 60))
			w := truth.Want{Source: x.evil.Addr, Shape: klaxon.ShapeSweep, Techniques: []klaxon.Technique{klaxon.IcmpEcho, klaxon.Syn}, Extra: []klaxon.Technique{klaxon.Ack}}
			if x.version == "4" {
				w.Techniques = append(w.Techniques, klaxon.IcmpTimestamp)
			}
			s.want(w)
		}),
		[]scenario{
			{"zmap echo sweep", func(s *stage) {
				x := s.site4()
				x.evil.ZMap().Echo(x.all(0, 255))
				s.scan(x.evil, "", 0, klaxon.ShapeSweep, klaxon.IcmpEcho)
			}},
			{"nmap -PP sweep", func(s *stage) {
				x := s.site4()
				x.evil.Nmap().Timestamp(x.all(1, 60))
				s.scan(x.evil, "", 5, klaxon.ShapeSweep, klaxon.IcmpTimestamp)
			}},
			{"nmap -PM sweep", func(s *stage) {
				x := s.site4()
				x.evil.Nmap().Mask(x.all(1, 60))
				s.scan(x.evil, "", 5, klaxon.ShapeSweep, klaxon.IcmpMask)
			}},
		},
	)
}

// protocols ask which protocols a host speaks.
func protocols() []scenario {
	return join(
		both("nmap -sO", func(s *stage, x *site) {
			s.malformed = x.version == "6" // some are extension headers, and empty
			x.evil.Nmap().Protocols(addrs(x.web), 60, 255)
			allProtocols(s, x)
		}),
		both("nmap -sO, unanswered", func(s *stage, x *site) {
			s.malformed = x.version == "6"
			x.evil.Nmap().Protocols(addrs(x.wall), 60, 255)
			allProtocols(s, x)
		}),
		both("nmap -sO of 8 protocols", func(s *stage, x *site) {
			n := x.evil.Nmap()
			n.Pace = 1300 * time.Millisecond
			n.Protocols(addrs(x.web), 143, 150)
			s.scan(x.evil, "", 8, klaxon.ShapeVertical, klaxon.IPProtocol)
		}),
		both("nmap -sO sweep", func(s *stage, x *site) {
			x.insider.Nmap().Protocols(x.all(1, 60), 200, 201)
			s.scan(x.insider, "", 0, klaxon.ShapeSweep, klaxon.IPProtocol)
		}),
		[]scenario{{"nmap -sO of all", func(s *stage) {
			x := s.site4()
			x.evil.Nmap().Protocols(addrs(x.web), 0, 255)
			allProtocols(s, x)
		}}},
	)
}

// allProtocols are a scan that pings with those protocols that have a form.
func allProtocols(s *stage, x *site) {
	s.want(truth.Want{
		Source: x.evil.Addr, Shape: klaxon.ShapeVertical, Techniques: []klaxon.Technique{klaxon.IPProtocol},
		Extra: []klaxon.Technique{klaxon.IcmpEcho, klaxon.Ack, klaxon.Udp, klaxon.SctpInit},
	})
}

// systems are the probes for what a host runs, and for what its services are.
func systems() []scenario {
	os := func(only, probes int) func(s *stage, x *site) {
		return func(s *stage, x *site) {
			x.evil.Nmap().OS(x.web.Addr, 80, 1, only)
			s.want(truth.Want{
				Source: x.evil.Addr, Techniques: []klaxon.Technique{klaxon.OSProbe}, Tool: "nmap", MaxProbes: probes,
				Extra: []klaxon.Technique{klaxon.Syn, klaxon.IcmpEcho, klaxon.Udp, klaxon.Null, klaxon.Flags, klaxon.Ack, klaxon.Xmas},
			})
		}
	}
	return join(
		both("nmap -O, two packets", os(2, 2)),
		both("nmap -O", os(0, 2)),
		both("nmap -O with its scan", func(s *stage, x *site) {
			n := x.evil.Nmap()
			n.SYN(addrs(x.web), synth.Ports(1, 100))
			n.OS(x.web.Addr, 80, 1, 0)
			s.want(truth.Want{
				Source: x.evil.Addr, Techniques: []klaxon.Technique{klaxon.Syn, klaxon.OSProbe}, Tool: "nmap", Shape: klaxon.ShapeVertical, MaxProbes: 3,
				Extra: []klaxon.Technique{klaxon.IcmpEcho, klaxon.Udp, klaxon.Null, klaxon.Flags, klaxon.Ack, klaxon.Xmas},
			})
		}),
		both("nmap -sV", func(s *stage, x *site) {
			n := x.evil.Nmap()
			n.SYN(addrs(x.web), synth.Ports(1, 100))
			n.Version(x.web.Addr, []uint16{22, 80})
			s.want(truth.Want{Source: x.evil.Addr, Techniques: []klaxon.Technique{klaxon.Syn, klaxon.Version}, Tool: "nmap", Shape: klaxon.ShapeVertical, MaxProbes: 3, Proof: klaxon.ProofData})
		}),
		both("nmap -sS, then -sT", func(s *stage, x *site) {
			n := x.evil.Nmap()
			n.SYN(addrs(x.web), synth.Ports(1, 100))
			s.Wait(20 * time.Second)
			n.Connect(addrs(x.web), synth.Ports(1, 100))
			s.want(truth.Want{Source: x.evil.Addr, Techniques: []klaxon.Technique{klaxon.Syn, klaxon.Connect}, Tool: "nmap", Shape: klaxon.ShapeVertical, MaxProbes: 3, Proof: klaxon.ProofHandshake})
		}),
		both("masscan, then connections", func(s *stage, x *site) {
			x.evil.Masscan().SYN(x.all(1, 60), []uint16{22})
			s.Wait(20 * time.Second)
			for _, h := range []*synth.Host{x.web, x.mail, x.db} {
				x.evil.Connect(h.Addr, 22, synth.Talk{Banner: 40, Up: 1200, Down: 1500})
				s.Wait(time.Second)
			}
			s.want(truth.Want{Source: x.evil.Addr, Techniques: []klaxon.Technique{klaxon.Syn, klaxon.Version}, Shape: klaxon.ShapeSweep, Proof: klaxon.ProofData})
		}),
		[]scenario{{"xprobe2", func(s *stage) {
			x := s.site4()
			x.evil.Xprobe2(x.web.Addr)
			s.want(truth.Want{
				Source: x.evil.Addr, Techniques: []klaxon.Technique{klaxon.OSProbe},
				Extra: []klaxon.Technique{klaxon.IcmpTimestamp, klaxon.IcmpMask, klaxon.IcmpEcho, klaxon.Udp, klaxon.Syn},
			})
		}}},
	)
}
