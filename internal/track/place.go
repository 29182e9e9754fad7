package track

import (
	"net/netip"

	"klaxon"
)

// Place is where a trap is armed, or is not because a real service holds its port there.
type Place struct {
	klaxon.Port
	Addr  netip.Addr // unspecified: every address of its family without a place of its own
	Armed bool
}

// placeKey finds one.
type placeKey struct {
	addr      [16]byte // zero: every address of the family
	v6        bool
	transport klaxon.Transport
	port      uint16
}

// SetPlaces says where traps are that are not everywhere: at any address that is named
// by no place of its port there is none. It comes after SetTraps, which puts all of them
// on every address.
func (t *Tracker) SetPlaces(list []Place) {
	t.traps.places = make(map[placeKey]bool, len(list))
	for _, p := range list {
		x := t.traps.find(p.Transport, p.Number)
		if x == nil {
			continue
		}
		x.placed = true
		addr := p.Addr.Unmap().WithZone("")
		k := placeKey{v6: addr.Is6(), transport: p.Transport, port: p.Number}
		if !addr.IsUnspecified() {
			k.addr = addrBytes(addr)
		}
		t.traps.places[k] = t.traps.places[k] || p.Armed
	}
}

// at tells whether a trap is armed at an address of this host.
func (x *traps) at(trap *Trap, dst *[16]byte, v6 bool) bool {
	if !trap.placed {
		return true
	}
	k := placeKey{*dst, v6, trap.Transport, trap.Number}
	armed, known := x.places[k]
	if !known {
		k.addr = [16]byte{}
		armed = x.places[k]
	}
	return armed
}
