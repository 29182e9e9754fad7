package scenario

import (
	"fmt"
	"testing"
	"time"

	"klaxon"
	"klaxon/internal/synth"
	"klaxon/test/truth"
)

// TestDiscovery is about looking for neighbours: what a host on a switch sees of
// a sweep are requests for addresses that nobody has.
func TestDiscovery(t *testing.T) {
	technique := map[string]klaxon.Technique{"4": klaxon.Arp, "6": klaxon.Nd}
	play(t, join(
		both("nmap -sn on the link", func(s *stage, x *site) {
			x.Resolve = true
			x.insider.Nmap().Neighbours(x.all(1, 250))
			s.scan(x.insider, "", 0, klaxon.ShapeSweep, technique[x.version])
		}),
		both("nmap -sn on the link, replies out of sight", func(s *stage, x *site) {
			x.Resolve = true
			s.Watch(synth.Tap{Link: 1, Sees: func(p *synth.Packet) bool { return p.DstMAC[0]&1 != 0 }})
			x.insider.Nmap().Neighbours(x.all(1, 250))
			s.scan(x.insider, "", 0, klaxon.ShapeSweep, technique[x.version])
		}),
		both("a kernel that connects to dark neighbours", func(s *stage, x *site) {
			x.Resolve = true
			for _, a := range x.all(1, 200) {
				x.insider.Connect(a, 445, synth.Talk{Fast: true})
				s.Wait(20 * time.Millisecond)
			}
			s.want(truth.Want{Source: x.insider.Addr, Techniques: []klaxon.Technique{technique[x.version]}, Extra: []klaxon.Technique{klaxon.Connect}, Shape: klaxon.ShapeSweep})
		}),
		both("slowly, an address every 15 s", func(s *stage, x *site) {
			x.Resolve = true
			for _, a := range x.all(20, 120) {
				x.insider.Ping(a, 1)
				s.Wait(15 * time.Second)
			}
			s.want(truth.Want{Source: x.insider.Addr, Techniques: []klaxon.Technique{technique[x.version]}, Extra: []klaxon.Technique{klaxon.IcmpEcho}, Shape: klaxon.ShapeSweep})
		}),
		both("a sweep from outside through the router", func(s *stage, x *site) {
			x.Resolve = true
			x.Host() // traffic of others has shown who the router is
			crowd(s, x, 40)
			s.Wait(30 * time.Second)
			x.evil.Masscan().SYN(x.all(1, 250), []uint16{22})
			s.scan(x.evil, "", 0, klaxon.ShapeSweep, klaxon.Syn)
		}),
	))
}

// crowd lets n hosts from outside visit the web server.
func crowd(s *stage, x *site, n int) {
	for i := range n {
		h := s.Host(fmt.Sprintf("192.0.2.%d", 10+i))
		if x.version == "6" { // each in a network of its own
			h = s.Host(fmt.Sprintf("2001:db8:c0%02x::1", i))
		}
		s.After(time.Duration(i)*200*time.Millisecond, func() { h.Connect(x.web.Addr, 443, synth.Talk{Up: 600, Down: 9000}) })
	}
}
