package scenario

import (
	"fmt"
	"net/netip"
	"os"
	"testing"
	"time"

	"klaxon/internal/synth"
)

// TestAsymmetry lets innocent sources make contacts while the sensor sees many
// of the flows in one direction only: 10^5 of them, or 10^6 under KLAXON_SOAK=1.
// Nobody is to be accused.
func TestAsymmetry(t *testing.T) {
	contacts := 100_000
	if os.Getenv("KLAXON_SOAK") != "" {
		contacts = 1_000_000
	}
	for _, share := range []int{30, 50, 70} {
		for _, v := range []string{"4", "6"} {
			t.Run(fmt.Sprintf("%d%% v%s", share, v), func(t *testing.T) {
				n := contacts
				if v == "6" {
					n /= 10
				}
				sc := scenario{play: func(s *stage) { asymmetric(s, v, n, share) }}
				s := perform(sc, 3, uint64(share))
				detected.add("TestAsymmetry", fmt.Sprintf("one way of %d%% of the flows is hidden v%s", share, v), s.told())
				for i, p := range s.problems() {
					if i < problemsMax {
						t.Error(p)
					}
				}
				if c, _ := s.detector.Counts(); c.Contacts < uint64(n)*8/10 {
					t.Errorf("%d contacts were made, %d were planned", c.Contacts, n)
				}
			})
		}
	}
}

// asymmetric is a population of clients, each with 200 servers of its own
// choice. One server in eight is gone, half of them without a word; 88 % of the
// contacts succeed.
func asymmetric(s *stage, version string, contacts, share int) {
	s.track.Memory = 64 << 20
	s.Hide = func(p *synth.Packet) bool { return oneWay(p, share) }
	x := &site{version: version}
	servers := make([]*synth.Host, 4000)
	for i := range servers {
		servers[i] = s.far(x, i)
		if i%8 > 0 {
			servers[i].Open(443, 80).OpenUDP(100, 53)
		} else if i%16 == 0 {
			servers[i].Firewalled()
		}
	}
	clients := make([]*synth.Host, contacts/200)
	for i := range clients {
		clients[i] = s.client(version, i)
	}
	for i := range contacts {
		visit(s, clients[i%len(clients)], servers[s.Rand().IntN(len(servers))])
		s.Wait(500 * time.Microsecond)
	}
}

// client is the i-th of the clients, each in a network of its own over IPv6.
func (s *stage) client(version string, i int) *synth.Host {
	systems := []*synth.Stack{synth.Linux, synth.Windows, synth.Mac, synth.BSD}
	if version == "4" {
		return s.Host(synth.Nth(netip.MustParsePrefix("100.64.0.0/12"), 1+3*i).String()).Runs(systems[i%4])
	}
	b := netip.MustParseAddr("2001:db8:6000::77").As16()
	b[5], b[6], b[7] = byte(i>>16), byte(i>>8), byte(i)
	return s.Host(netip.AddrFrom16(b).String()).Runs(systems[i%4])
}

// visit is one contact as clients make them.
func visit(s *stage, c, server *synth.Host) {
	r := s.Rand().IntN(160)
	talk := synth.Talk{Up: 200 + r, Down: 1500, Lasts: time.Duration(r) * 20 * time.Millisecond}
	switch {
	case r < 8:
		talk.End = synth.Never
	case r < 40:
		talk.End = synth.ByServer
	case r < 60:
		c.Ask(server.Addr, 53, 50)
		return
	}
	c.Connect(server.Addr, []uint16{443, 80}[r&1], talk)
}

// oneWay hides one direction of a share of all flows: the answers of four, the
// questions of the fifth.
func oneWay(p *synth.Packet, share int) bool {
	flow, forward := p.Flow()
	if int(flow%100) >= share {
		return false
	}
	if flow>>32%5 == 0 {
		return forward
	}
	return !forward
}
