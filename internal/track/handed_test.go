package track_test

import (
	"fmt"
	"testing"
	"time"

	"klaxon/internal/decode"
	"klaxon/internal/track"
)

// TestHandedOn: an address that comes back with another hardware address after an
// hour, or with another stack after a day, is another host's, and owes nothing.
// Nobody buys himself free by changing either at once, and what a router carries
// has the router's.
func TestHandedOn(t *testing.T) {
	one, other, router := [6]byte{2, 0, 0, 0, 0, 1}, [6]byte{2, 0, 0, 0, 0, 2}, [6]byte{0, 0, 0x5e, 0, 1, 9}
	for _, tt := range []struct {
		name     string
		before   [6]byte
		after    [6]byte
		pause    time.Duration
		windows  bool // afterwards
		raw      bool // afterwards
		forgiven bool
	}{
		{"the same host", one, one, 2 * time.Hour, false, false, false},
		{"another hardware address at once", one, other, time.Second, false, false, false},
		{"another hardware address after an hour", one, other, 61 * time.Minute, false, false, true},
		{"another router's", router, [6]byte{0, 0, 0x5e, 0, 1, 10}, 2 * time.Hour, false, false, false},
		{"from a router to a neighbour", router, one, 2 * time.Hour, false, false, false},
		{"another stack after an hour", one, one, 2 * time.Hour, true, false, false},
		{"another stack after a day", one, one, 25 * time.Hour, true, false, true},
		{"raw packets after a day", one, one, 25 * time.Hour, false, true, false},
		{"no hardware addresses", [6]byte{}, [6]byte{}, 2 * time.Hour, false, false, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWire(t, track.Config{})
			refuse := func(mac [6]byte, n int, windows, raw bool) {
				c := conn{alice, fmt.Sprintf("192.0.2.%d", n), 40000 + uint16(n), uint16(n), uint32(n) * 977, 0}
				p := c.syn()
				if raw {
					p = c.rawSyn()
				}
				p.SrcMAC = mac
				if windows {
					p.TTL, p.Options = 128, decode.Options{Len: 12, HasMSS: true, MSS: 1460, SACKOK: true, HasWS: true, WS: 8}
				}
				w.send(p, c.refusal())
			}
			for n := 1; n <= 4; n++ {
				refuse(tt.before, n, false, false)
			}
			score := w.source(alice).Gross
			if score < 4*track.Weight(failure) {
				t.Fatalf("evidence of %d before", score)
			}
			w.pause(tt.pause)
			refuse(tt.after, 5, tt.windows, tt.raw)
			s := w.source(alice)
			if forgiven := s.Tuples == 1; forgiven != tt.forgiven {
				t.Errorf("evidence of %d of %d contacts, it was %d of 4", s.Gross, s.Tuples, score)
			}
		})
	}
}
