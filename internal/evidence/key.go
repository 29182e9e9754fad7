package evidence

import (
	"net/netip"

	"klaxon/internal/decode"
)

// key is what a source is known by, as the tracker has it: an IPv4 address; the
// /64 of an IPv6 address; among neighbours the /64 with the hardware address,
// and where there is none the address.
type key struct {
	addr [16]byte // IPv4 in the first 4 bytes
	kind kind
}

type kind uint8

const (
	ofIPv4 kind = iota
	ofIPv6
	ofNet
	ofLink    // the hardware address stands in bytes 8 to 13
	ofVictim4 // of a flood
	ofVictim6
)

// keyOf is the key of a source that asks a target.
func keyOf(src, dst *[16]byte, mac *[6]byte, v6 bool) key {
	k := key{addr: *src}
	if !v6 {
		return k
	}
	near := [8]byte(src[:8]) == [8]byte(dst[:8]) || src[0] == 0xfe
	switch {
	case !near:
		k.kind = ofNet
		clear(k.addr[8:])
	case *mac != [6]byte{}:
		k.kind = ofLink
		clear(k.addr[8:])
		copy(k.addr[8:], mac[:])
	default:
		k.kind = ofIPv6
	}
	return k
}

// from is the key of who sent a packet, to of who is answered by it.
func from(p *decode.Packet) key {
	mac := &p.SrcMAC
	if p.Kind == decode.KindARP {
		mac = &p.ARPSender
	}
	return keyOf(&p.Src, &p.Dst, mac, p.V6)
}

func to(p *decode.Packet) key { return keyOf(&p.Dst, &p.Src, &p.DstMAC, p.V6) }

func victimOf(addr *[16]byte, v6 bool) key {
	if v6 {
		return key{*addr, ofVictim6}
	}
	return key{*addr, ofVictim4}
}

func bytesOf(a netip.Addr) (b [16]byte) {
	if a.Is4() {
		v := a.As4()
		copy(b[:], v[:])
		return b
	}
	return a.As16()
}
