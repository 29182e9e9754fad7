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

// sweeps asks for 60 neighbours whom nobody has.
func (w *wire) sweeps(who string, frame, sender [6]byte) {
	for i := range 60 {
		for range 2 {
			w.send(decode.Packet{
				Kind: decode.KindARP, ARPOp: 1, Src: ip(who), Dst: ip(addrOf(192, 0, 2, byte(i))),
				SrcMAC: frame, ARPSender: sender, DstMAC: [6]byte{255, 255, 255, 255, 255, 255},
			})
		}
		w.pause(5 * time.Second)
	}
}

// asked is for how many neighbours an address looked, as far as that counts.
func (w *wire) asked(who string) (n uint32) {
	w.each(func(v track.View) {
		if v.Addr == ip(who) {
			n += v.Asked
		}
	})
	return n
}

// TestClaimedRouter: who forges packets of many sources, advertises himself, or puts
// the router's hardware address into his questions looks for neighbours on his own
// account as soon as the router is known by the conversations that it carries.
func TestClaimedRouter(t *testing.T) {
	router, insider, server := [6]byte{2, 0, 0, 0, 0, 0xfe}, [6]byte{2, 0, 0, 0, 0, 0x66}, [6]byte{2, 0, 0, 0, 0, 9}
	visits := func(w *wire) {
		for i := range 60 {
			c := conn{addrOf(198, 51, byte(i), 7), bob, 40000, 443, uint32(i) * 1000, uint32(i) * 777}
			for _, p := range []decode.Packet{c.syn(), c.synAck(), c.clientFin(300, 4000)} {
				p.SrcMAC, p.DstMAC = router, server
				if p.Src == ip(bob) {
					p.SrcMAC, p.DstMAC = server, router
				}
				w.send(p)
			}
		}
	}
	forges := func(w *wire) {
		for i := range 60 {
			c := conn{addrOf(203, 0, byte(i), 7), bob, 40000, 443, uint32(i) * 1000, uint32(i) * 777}
			p, answer := c.syn(), c.synAck()
			p.SrcMAC, p.DstMAC, answer.SrcMAC, answer.DstMAC = insider, server, server, router
			w.send(p, answer)
		}
	}
	advertises := func(w *wire) {
		w.send(decode.Packet{Kind: decode.KindICMPv6, Proto: 58, V6: true, ICMPType: decode.ICMPv6RouterAdvert, Src: ip("fe80::66"), Dst: ip("ff02::1"), SrcMAC: insider})
	}
	for _, tt := range []struct {
		name          string
		before        []func(*wire)
		frame, sender [6]byte
		counts        bool
	}{
		{"the router", []func(*wire){visits, forges, advertises}, router, router, false},
		{"one who forged packets", []func(*wire){visits, forges}, insider, insider, true},
		{"one who advertised himself", []func(*wire){visits, advertises}, insider, insider, true},
		{"one who names the router", []func(*wire){visits}, insider, router, true},
		{"one who uses an address of VRRP", []func(*wire){visits}, [6]byte{0, 0, 0x5e, 0, 1, 7}, [6]byte{0, 0, 0x5e, 0, 1, 7}, true},
		{"a router by its word, where none is known", []func(*wire){advertises}, insider, insider, false},
	} {
		w := newWire(t, track.Config{Routers: []netip.Addr{netip.MustParseAddr("192.0.2.254")}})
		for _, f := range tt.before {
			f(w)
		}
		w.sweeps("192.0.2.200", tt.frame, tt.sender)
		if n := w.asked("192.0.2.200"); (n == 60) != tt.counts || n > 0 != tt.counts {
			t.Errorf("%s asked for %d neighbours on its own account; want %v", tt.name, n, tt.counts)
		}
	}
	w := newWire(t, track.Config{Routers: []netip.Addr{netip.MustParseAddr("192.0.2.254")}})
	visits(w)
	w.sweeps("192.0.2.254", insider, insider)
	if n := w.asked("192.0.2.254"); n != 60 {
		t.Errorf("one who takes the gateway's address asked for %d", n)
	}
}
