package track

import (
	"net/netip"

	"klaxon"
)

// netAddr makes an address of a packet's form.
func netAddr(a *[16]byte, v6 bool) netip.Addr {
	if v6 {
		return netip.AddrFrom16(*a)
	}
	return netip.AddrFrom4([4]byte(a[:4]))
}

// AddrOf is the address of a note's target.
func (n *Note) AddrOf() netip.Addr { return netAddr(&n.Dst, n.V6) }

func (t *Tracker) dark(a *[16]byte, v6 bool) bool {
	if len(t.cfg.Dark) == 0 {
		return false
	}
	ip := netAddr(a, v6)
	for _, p := range t.cfg.Dark {
		if p.Contains(ip) {
			return true
		}
	}
	return false
}

// sourceKey is what a source is known by: its IPv4 address, or its /64, because
// one host may use any address of it. On its own link many hosts share the /64,
// and the hardware address is added, which no privacy address changes; a router's
// says nothing of those behind it. A neighbour without one is known by its address.
func (t *Tracker) sourceKey(b *start) (hash uint64, wide bool) {
	if !b.v6 {
		return b.from, false
	}
	near := b.near()
	known := *b.mac != [6]byte{}
	if near && !known {
		return t.hash.addr(b.src, t.scope), false
	}
	if known && (near || !t.routers.is(*b.mac)) {
		return t.byHardware(b), true
	}
	return t.hash.mix(t.hash.net(b.src, true, t.scope), 6), true
}

// byHardware is the key of a /64 with a hardware address.
func (t *Tracker) byHardware(b *start) uint64 {
	var mac [16]byte
	copy(mac[:8], b.src[:8])
	copy(mac[8:], b.mac[:])
	return t.hash.mix(t.hash.addr(&mac, t.scope), 7)
}

// sourceOf finds or makes the record of a contact's source.
func (t *Tracker) sourceOf(b *start) (*Source, uint32) {
	hash, wide := t.sourceKey(b)
	s, index := t.sources.find(hash)
	if s == nil && wide && t.traps.any() && *b.mac != [6]byte{} {
		s, index = t.sourceBefore(b)
	}
	if s == nil {
		var hist, report int32
		s, index, hist, report = t.sources.take(hash)
		if hist != 0 {
			t.histories.all[hist-1].owner = 0
		}
		if report != 0 {
			t.reports.give(report)
		}
		s.Addr, s.V6, s.Wide, s.Scope, s.MAC = *b.src, b.v6, wide, t.scope, *b.mac
		s.Deaf = b.deaf
		s.First, s.Last, s.fresh = t.now, t.now, t.now
		s.salt = uint16(t.hash.mix(hash, 8))
		if b.method != MethodARP && b.method != MethodND && *b.mac != ([6]byte{}) && !t.drilling() {
			t.routers.see(*b.mac, t.hash.mix(hash, 1))
		}
		return s, index
	}
	s.Deaf = s.Deaf && b.deaf
	if s.Report == 0 && t.handedOn(s, b) {
		t.renew(s, b)
	}
	if b.stack != 0 {
		s.stack = b.stack
	}
	if s.Addr != *b.src {
		s.take(b.src)
	}
	t.moves(s, index, b.mac)
	s.fade(t.now)
	return s, index
}

// moves notes that a frame of a source came from another hardware address than the
// first. A touch may not know it. An open alarm is judged again: whoever is expected may
// be somebody else now.
func (t *Tracker) moves(s *Source, index uint32, mac *[6]byte) {
	if s.Moved || s.MAC == *mac || *mac == ([6]byte{}) {
		return
	}
	s.Moved = true
	if s.Report != 0 {
		t.mark(s, index)
	}
}

// sourceBefore finds the record of an IPv6 source that was seen before its router
// was known for one, or of which a trap told before its hardware address was seen.
func (t *Tracker) sourceBefore(b *start) (*Source, uint32) {
	if t.routers.is(*b.mac) {
		return t.sources.find(t.byHardware(b))
	}
	if !b.near() {
		return t.sources.find(t.hash.mix(t.hash.net(b.src, true, t.scope), 6))
	}
	return t.sources.find(t.hash.addr(b.src, t.scope))
}

// near tells IPv6 neighbours.
func (b *start) near() bool { return [8]byte(b.src[:8]) == [8]byte(b.dst[:8]) || b.src[0] == 0xfe }

// take notes another address of a source's network. As long as nothing speaks
// against the source it is known by the newest one: whoever has done nothing is
// not named for what another one does then, nor is his proof its own.
func (s *Source) take(a *[16]byte) {
	if s.Gross > 0 || s.Report != 0 || s.Keys.By != 0 {
		return
	}
	s.Addr, s.Proof = *a, klaxon.ProofNone
}

// fade halves the evidence for every day without a contact, or without a new one.
func (s *Source) fade(now int64) {
	days := (now - s.fresh) / int64(halfLife)
	s.fresh = now
	if days > 0 && s.Report == 0 {
		s.Score >>= min(days, 30)
		s.Link >>= min(days, 30)
		s.Gross >>= min(days, 30)
		s.next = s.Gross
	}
}
