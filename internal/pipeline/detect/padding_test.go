package detect_test

import (
	"testing"
)

// TestPaddedSweep: three conversations with services that are known to be open, for
// every probe, do not hide who looks for others on host after host.
func TestPaddedSweep(t *testing.T) {
	known := []uint16{443, 80, 25, 993, 5432}
	for name, ports := range map[string][]uint16{"one service": {22}, "three services": {22, 23, 3389}, "four services": {22, 23, 3389, 5900}} {
		t.Run(name, func(t *testing.T) {
			s := newStreet(0, 21)
			c := client{addr: [16]byte{10, 9, 1, 78}}
			pads, probes := 0, 0
			for n := 0; n < 128 && s.told(&c) == nil; n++ {
				for _, port := range ports {
					for range 3 {
						s.talk(&c, [16]byte{10, 8, byte(pads / 5 >> 8), byte(pads / 5)}, known[pads%5])
						s.at += 1e9
						pads++
					}
					s.tries(&c, [16]byte{10, 7, 0, byte(n)}, port, false)
					s.at += 1e9
					probes++
				}
			}
			s.Close()
			if s.told(&c) == nil {
				t.Fatalf("not told after %d probes", probes)
			}
			if probes > 90 {
				t.Errorf("told after %d probes", probes)
			}
			t.Logf("told after %d probes: %s", probes, s.told(&c).Why)
		})
	}
}

// TestHonestAmongTheDead: who has the same success without a sweep is left alone: one
// who comes back now and then to a few hosts that are gone, one who finds the service
// with others as often, and one whose failures have nothing in common.
func TestHonestAmongTheDead(t *testing.T) {
	fails := map[string]func(s *street, c *client, n int){
		"a few that are gone": func(s *street, c *client, n int) { s.tries(c, [16]byte{10, 7, 0, byte(n % 5)}, 445, false) },
		"found as often": func(s *street, c *client, n int) {
			s.tries(c, [16]byte{10, 7, 0, byte(n)}, 445, false)
			s.tries(c, [16]byte{10, 6, 0, byte(n)}, 445, true)
		},
		"a few dead ones of many, by two services": func(s *street, c *client, n int) {
			if n%4 == 0 {
				s.tries(c, [16]byte{10, 7, 0, byte(n)}, 25+uint16(n%8/4), false)
			}
		},
		"nothing in common": func(s *street, c *client, n int) { s.tries(c, [16]byte{10, 7, 0, byte(n)}, uint16(1000+37*n), false) },
	}
	for name, fail := range fails {
		t.Run(name, func(t *testing.T) {
			s := newStreet(0, 22)
			c := client{addr: [16]byte{10, 9, 1, 78}}
			for n := range 200 {
				for k := range 3 {
					s.talk(&c, [16]byte{10, 8, byte((3*n + k) >> 8), byte(3*n + k)}, 443)
				}
				fail(s, &c, n)
				s.at += int64(s.IntN(4000)) * 1e9
			}
			s.Close()
			if a := s.told(&c); a != nil {
				t.Errorf("told: %s", a.Why)
			}
		})
	}
}
