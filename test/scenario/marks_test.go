package scenario

import (
	"testing"
	"time"

	"klaxon"
	"klaxon/internal/synth"
	"klaxon/test/truth"
)

// TestMarks is about the circumstances that an alarm states beside its verdict.
func TestMarks(t *testing.T) {
	marked := func(s *stage, h *synth.Host, technique klaxon.Technique, mark klaxon.Mark) {
		s.want(truth.Want{Source: h.Addr, Techniques: []klaxon.Technique{technique}, Shape: klaxon.ShapeVertical, Marks: []klaxon.Mark{mark}})
	}
	play(t, join(
		both("slow: a port every 15 s", func(s *stage, x *site) {
			n := x.evil.Nmap()
			n.Pace = 15 * time.Second
			n.SYN(addrs(x.web), synth.Ports(1, 40))
			marked(s, x.evil, klaxon.Syn, klaxon.MarkSlow)
		}),
		both("fragmented", func(s *stage, x *site) {
			n := x.evil.Nmap()
			n.Fragment = 8
			n.SYN(addrs(x.web), synth.Ports(1, 40))
			marked(s, x.evil, klaxon.Syn, klaxon.MarkFragmented)
		}),
		both("source-port 53", func(s *stage, x *site) {
			n := x.evil.Nmap()
			n.From = 53
			n.SYN(addrs(x.web), synth.Ports(1, 40))
			marked(s, x.evil, klaxon.Syn, klaxon.MarkSourcePort)
		}),
		both("bounce: an FTP server from its port 20", func(s *stage, x *site) {
			ftp := x.Host().Open(21)
			n := ftp.Nmap()
			n.Pace = time.Second
			n.Bounce(x.web.Addr, synth.Ports(1, 60))
			marked(s, ftp, klaxon.Connect, klaxon.MarkBounce)
		}),
		both("outbound: from inside to outside", func(s *stage, x *site) {
			far := s.Host(map[string]string{"4": "203.0.113.77", "6": "2001:db8:fa::77"}[x.version])
			x.insider.Nmap().SYN(addrs(far), synth.Ports(1, 40))
			marked(s, x.insider, klaxon.Syn, klaxon.MarkOutbound)
		}),
	))
}
