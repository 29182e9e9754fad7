package pipeline

import (
	"hash/maphash"
	"net/netip"
)

// sourceTable remembers what each source has spent. It has a fixed size, is
// keyed with a random seed so that nobody can choose sources that collide, and
// evicts within one set of sourceWays entries: an unproven source before a
// proven one, then the one longest silent. A spoofed flood therefore pushes
// out other unproven sources only, until a set holds nothing but proven ones.
//
// It is owned by one goroutine.
type sourceTable struct {
	seed maphash.Seed
	sets [][sourceWays]source
}

type source struct {
	key    netip.Addr // zero: free
	last   int64      // ns, when it was last seen
	proven bool       // a handshake was seen from it
	keep   bucket
	notify bucket
}

func newSourceTable() *sourceTable {
	return &sourceTable{seed: maphash.MakeSeed(), sets: make([][sourceWays]source, sourceSets)}
}

// get returns the entry of a source, making room for it if need be. An IPv6
// /64 is one source here: its owner has all of its addresses.
func (t *sourceTable) get(addr netip.Addr, now int64) *source {
	key := sourceKey(addr)
	set := &t.sets[maphash.Comparable(t.seed, key)%sourceSets]
	victim := &set[0]
	for i := range set {
		e := &set[i]
		if e.key == key {
			e.last = now
			return e
		}
		if lessWorth(e, victim) {
			victim = e
		}
	}
	*victim = source{
		key: key, last: now,
		keep:   keepLimits.perSource.full(now),
		notify: notifyLimits.perSource.full(now),
	}
	return victim
}

func lessWorth(a, b *source) bool {
	switch {
	case a.key.IsValid() != b.key.IsValid():
		return !a.key.IsValid()
	case a.proven != b.proven:
		return !a.proven
	}
	return a.last < b.last
}

func sourceKey(addr netip.Addr) netip.Addr {
	addr = addr.Unmap().WithZone("")
	if !addr.Is6() {
		return addr
	}
	p, _ := addr.Prefix(64)
	return p.Addr()
}
