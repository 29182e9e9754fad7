package synth

import (
	"net/netip"
	"time"
)

// LAN is one link. Hosts with an address in it are on it; all others are behind
// its router.
type LAN struct {
	Net     netip.Prefix
	Router  *Host
	Resolve bool // neighbours are looked for in sight of the sensor

	w      *World
	next   netip.Addr
	known  map[pair]int64 // until when
	failed map[pair]int64
}

type pair struct{ from, to netip.Addr }

// LAN adds a link; its router has the first address.
func (w *World) LAN(prefix string) *LAN {
	l := &LAN{Net: netip.MustParsePrefix(prefix), w: w, known: make(map[pair]int64), failed: make(map[pair]int64)}
	w.lans = append(w.lans, l)
	l.next = l.Net.Masked().Addr().Next()
	l.Router = l.Host()
	return l
}

// Host adds a host with the next free address.
func (l *LAN) Host() *Host {
	h := l.w.Host(l.next.String())
	l.next = l.next.Next()
	return h
}

// Addr is the n-th address of the link, whether there is a host or not.
func (l *LAN) Addr(n int) netip.Addr { return Nth(l.Net, n) }

// Nth is the n-th address of a network.
func Nth(net netip.Prefix, n int) netip.Addr {
	if net.Addr().Is4() {
		v := net.Masked().Addr().As4()
		x := uint32(v[0])<<24 | uint32(v[1])<<16 | uint32(v[2])<<8 | uint32(v[3]) + uint32(n)
		return netip.AddrFrom4([4]byte{byte(x >> 24), byte(x >> 16), byte(x >> 8), byte(x)})
	}
	v := net.Masked().Addr().As16()
	for i := 0; i < 4; i++ {
		v[15-i] += byte(n >> (8 * i))
	}
	return netip.AddrFrom16(v)
}

// Range is the addresses from the a-th to the b-th of a network.
func Range(net string, a, b int) (list []netip.Addr) {
	p := netip.MustParsePrefix(net)
	for i := a; i <= b; i++ {
		list = append(list, Nth(p, i))
	}
	return list
}

func (w *World) lanOf(a netip.Addr) *LAN {
	for _, l := range w.lans {
		if l.Net.Contains(a) {
			return l
		}
	}
	return nil
}

// The two ends of a path without a LAN.
var (
	upstream   = MAC{2, 0, 0, 0, 0, 1}
	downstream = MAC{2, 0, 0, 0, 0, 2}
)

// route fills in the hardware addresses as the way goes.
func (w *World) route(p *Packet) {
	if p.SrcMAC == (MAC{}) {
		p.SrcMAC = w.hop(p.Src, p.Dst, upstream)
	}
	if p.DstMAC != (MAC{}) {
		return
	}
	if group, ok := multicast(p.Dst); ok {
		p.DstMAC = group
		return
	}
	p.DstMAC = w.hop(p.Dst, p.Src, downstream)
}

// hop is the hardware address of a where a packet to or from b is seen.
func (w *World) hop(a, b netip.Addr, far MAC) MAC {
	l := w.lanOf(a)
	if l == nil {
		if other := w.lanOf(b); other != nil {
			return other.Router.MAC
		}
		return far
	}
	if h := w.hosts[a]; h != nil {
		return h.MAC
	}
	v := a.As16()
	return MAC{2, 0xee, v[12], v[13], v[14], v[15]}
}

// resolve looks for the neighbour a packet goes to, and returns when the packet
// can go, if it can.
func (w *World) resolve(at int64, src, dst netip.Addr) (int64, bool) {
	l := w.lanOf(dst)
	if l == nil || !l.Resolve || dst.IsMulticast() || src == dst {
		return at, true
	}
	asker := w.hosts[src]
	if !l.Net.Contains(src) || asker == nil {
		asker = l.Router
	}
	k := pair{asker.Addr, dst}
	if at < l.known[k] {
		return at, true
	}
	if at < l.failed[k] {
		return at, false
	}
	owner := w.hosts[dst]
	ask := whoHas(asker.Addr, asker.MAC, dst)
	if owner == nil || owner.asleep {
		for i := range 3 {
			w.put(at+int64(i)*int64(time.Second), ask)
		}
		l.failed[k] = at + int64(3*time.Second)
		return at, false
	}
	w.put(at, ask)
	w.put(at+150e3, isAt(dst, owner.MAC, asker.Addr, asker.MAC))
	l.known[k] = at + int64(60*time.Second)
	return at + 300e3, true
}
