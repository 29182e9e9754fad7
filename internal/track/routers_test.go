package track_test

import (
	"encoding/binary"
	"net/netip"
	"testing"
	"time"

	"klaxon/internal/decode"
	"klaxon/internal/track"
)

// TestRouterStays: a router is known by what it carried, and hundreds of frames
// with forged hardware addresses do not make it look like somebody who looks for
// neighbours on his own account.
func TestRouterStays(t *testing.T) {
	w := newWire(t, track.Config{})
	router := [6]byte{2, 0, 0, 0, 0, 0xfe}
	for i := range 64 {
		p := udp(addrOf(198, 51, 100, byte(i)), 4000, bob, 53)
		p.SrcMAC = router
		w.send(p)
	}
	for i := range 5000 {
		p := udp(addrOf(192, 0, 2, byte(100+i%50)), 4000, bob, 53)
		binary.BigEndian.PutUint32(p.SrcMAC[2:], uint32(i))
		p.SrcMAC[0], p.Src[2] = 2, byte(i>>4)
		w.send(p)
	}
	for i := range 60 {
		for range 2 {
			w.send(decode.Packet{
				Kind: decode.KindARP, ARPOp: 1, Src: ip("192.0.2.254"), Dst: ip(addrOf(192, 0, 2, byte(i))),
				SrcMAC: router, ARPSender: router, DstMAC: [6]byte{255, 255, 255, 255, 255, 255},
			})
		}
		w.pause(5 * time.Second)
	}
	w.each(func(v track.View) {
		if v.Addr == ip("192.0.2.254") && v.Asked > 0 {
			t.Errorf("the router asked for %d neighbours on its own account", v.Asked)
		}
	})
}

func addrOf(a, b, c, d byte) string { return netip.AddrFrom4([4]byte{a, b, c, d}).String() }
