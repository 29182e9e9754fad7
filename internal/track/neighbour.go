package track

import (
	"math/bits"

	"klaxon/internal/decode"
)

const protoARP = 254 // stands for ARP and ND, which have no number of that kind

// arp reads a request or a reply. A sweep of addresses that nobody has shows on
// a switch in this way alone.
func (t *Tracker) arp(p *decode.Packet) {
	if p.SrcMAC == ([6]byte{}) || t.forwards(p.SrcMAC) { // else whoever sends it may name a router
		p.SrcMAC = p.ARPSender
	}
	if p.Src == p.Dst || [4]byte(p.Src[:4]) == [4]byte{} || p.Src[0] >= 224 {
		return // an announcement (RFC 5227 section 1.2), or a probe before one
	}
	t.neighbour(p, p.ARPOp == 1, p.ARPOp == 2, t.rows.ARP)
}

// solicit reads a neighbour solicitation; duplicate address detection comes
// from the unspecified address and is none of ours (RFC 4862 section 5.4).
func (t *Tracker) solicit(p *decode.Packet) {
	if p.Src == ([16]byte{}) {
		return
	}
	p.Dst = p.NDTarget
	t.neighbour(p, true, false, t.rows.ICMP6[decode.ICMPv6Solicit])
}

func (t *Tracker) advertise(p *decode.Packet) {
	p.Src = p.NDTarget
	t.neighbour(p, false, true, Row{})
}

func (t *Tracker) neighbour(p *decode.Packet, request, reply bool, row Row) {
	var f flow
	t.flow(&f, p, protoARP, 0)
	if request {
		t.afresh(&f)
	}
	switch {
	case reply && f.theirs != nil:
		if f.theirs.bits&bitAnswered == 0 {
			f.theirs.bits |= bitAnswered
			t.covered(&p.Src, coveredBoth)
			t.lives.see(&p.Src, t.now)
			t.settle(f.theirs, Success)
		}
	case !request || !row.Starts:
	case f.ours != nil:
		f.ours.at = t.tick()
		f.ours.packets = oneMore(f.ours.packets)
	case t.forwards(p.SrcMAC) || t.gateway(&p.Src, p.V6) && !t.routers.proven[t.scope]:
	default:
		var b start
		f.start(&b, 0, row)
		t.begin(&b)
	}
}

// unresolved weighs a request for an address that did not answer. Only one that
// was asked for again counts: on a switch answers are not seen, but whoever
// gets one does not ask twice within seconds.
func (t *Tracker) unresolved(c *contact, o odds) Weight {
	if c.packets < 2 {
		return 0
	}
	return o.silent
}

func (t *Tracker) gateway(a *[16]byte, v6 bool) bool {
	for _, r := range t.cfg.Routers {
		if r == netAddr(a, v6) {
			return true
		}
	}
	return false
}

// routers knows hardware addresses that carry packets of many sources: what
// they ask for on the link they ask for others.
type routers struct {
	all    [routersMax]router
	next   int
	last   [64]uint8   // places of those that were found last, by what their addresses end in
	none   [64][6]byte // those that were looked for last and are not there, likewise
	proven [256]bool   // scopes in which one is known to carry conversations
}

type router struct {
	mac     [6]byte
	seen    uint64 // a bit for each of 64 classes of source addresses
	carried uint64 // likewise of networks elsewhere with which it carried conversations
	told    bool
}

const (
	routersMax = 256
	// routerSources is how many classes of source addresses one hardware address
	// must carry: a host has a few.
	routerSources = 8
)

func (r *routers) find(mac [6]byte) *router {
	last := &r.last[mac[5]%64]
	if e := &r.all[*last]; e.mac == mac {
		return e
	}
	none := &r.none[mac[5]%64]
	if *none == mac {
		return nil
	}
	for i := range r.all {
		if r.all[i].mac == mac {
			*last = uint8(i)
			return &r.all[i]
		}
	}
	*none = mac
	return nil
}

// see notes that a packet came from mac with a source address of the given hash.
func (r *routers) see(mac [6]byte, hash uint64) {
	e := r.find(mac)
	if e == nil {
		e = r.place()
		*e = router{mac: mac}
		r.none[mac[5]%64] = [6]byte{}
	}
	e.seen |= 1 << (hash >> 58)
}

// place is the entry that is given away next: in turn, but of several the one that
// carried least, or a few hundred forged frames would push the routers out.
func (r *routers) place() *router {
	best := &r.all[r.next]
	for i := range ways {
		e := &r.all[(r.next+i)%routersMax]
		if e.worth() < best.worth() {
			best = e
		}
	}
	r.next = (r.next + 1) % routersMax
	return best
}

// worth is how much an entry is a router's.
func (e *router) worth() int {
	if e.told {
		return 64
	}
	return bits.OnesCount64(e.seen | e.carried)
}

// carries notes that a packet which only a conversation has went by mac, to or from
// an address that is not on this link.
func (t *Tracker) carries(mac [6]byte, a *[16]byte, v6 bool) {
	e := t.routers.find(mac)
	if e == nil || mac == ([6]byte{}) || t.isConnected(a, v6) {
		return
	}
	e.carried |= 1 << (t.hash.mix(t.hash.net(a, v6, 0), 1) >> 58)
	if bits.OnesCount64(e.carried) >= routerSources {
		t.routers.proven[t.scope] = true
	}
}

// forwards tells whether mac looks for neighbours on behalf of others. Anybody may
// send packets with many sources, or say that he is a router; nobody else can have
// the conversations of others. Where no router is seen to carry any, those who
// claim it are believed.
func (t *Tracker) forwards(mac [6]byte) bool {
	if !t.routers.proven[t.scope] {
		return t.routers.is(mac)
	}
	e := t.routers.find(mac)
	return e != nil && bits.OnesCount64(e.carried) >= routerSources
}

// add notes a router by its own word.
func (r *routers) add(mac [6]byte) {
	r.see(mac, 0)
	if e := r.find(mac); e != nil {
		e.told = true
	}
}

// is tells whether mac is a router's: by what it carried, or because it is one
// of the addresses that VRRP and HSRP share (RFC 9568 section 7.3).
func (r *routers) is(mac [6]byte) bool {
	if [5]byte(mac[:5]) == [5]byte{0, 0, 0x5e, 0, 1} || [5]byte(mac[:5]) == [5]byte{0, 0, 0x5e, 0, 2} ||
		[5]byte(mac[:5]) == [5]byte{0, 0, 0x0c, 0x07, 0xac} {
		return true
	}
	e := r.find(mac)
	return e != nil && (e.told || bits.OnesCount64(e.seen) >= routerSources)
}
