package track

import (
	"net/netip"

	"klaxon"
)

// Trap is what is known of one trap.
type Trap struct {
	klaxon.Port
	Touches uint64 // connections and datagrams that reached it
	Halves  uint64 // contacts on the wire that it answered and that became no connection
	Probes  uint64 // and those that it never answered
	Last    int64  // ns, of the newest of all these; 0 for none

	placed  bool                   // it is not on every address, see Place
	since   int64                  // ns, when it became a trap; 0 when it always was
	blocked [blockedSources]uint64 // hashes of the first sources whose probes it did not answer, since it last did
	near    bool                   // one of them is in a connected network
}

// TrapState says what a trap has seen.
type TrapState string

// The states of a trap.
const (
	TrapUnseen   TrapState = "unseen"   // nothing has come for it
	TrapProbed   TrapState = "probed"   // on the wire alone, so far
	TrapTouched  TrapState = "touched"  // it was reached
	TrapShielded TrapState = "shielded" // probes on the wire do not reach it: a firewall, or nobody listens
)

// State sums up what a trap has seen.
func (x *Trap) State() TrapState {
	switch {
	case x.near || x.blocked[blockedSources-1] != 0:
		return TrapShielded
	case x.Touches+x.Halves > 0:
		return TrapTouched
	case x.Probes > 0:
		return TrapProbed
	}
	return TrapUnseen
}

// reached notes that the trap works, as was seen at a time in ns.
func (x *Trap) reached(now int64) {
	x.Last, x.near, x.blocked = max(x.Last, now), false, [blockedSources]uint64{}
}

// missed notes a probe by a source that did not reach it, which came at a time in ns.
// One that came before there was a trap speaks of nothing in front of it.
func (x *Trap) missed(source uint64, near bool, now int64) {
	x.Probes++
	x.Last = max(x.Last, now)
	if now < x.since {
		return
	}
	x.near = x.near || near
	for i, had := range x.blocked {
		if had == 0 || had == source {
			x.blocked[i] = source
			return
		}
	}
}

// traps knows the traps of this host. Whatever one of them answers is no service,
// and helps nobody who scans. The zero value has none.
type traps struct {
	list  []Trap
	index [2][]uint32 // of TCP and UDP, by port: place in list + 1; empty without any
	local map[[16]byte]struct{}
	// places are those of the traps that are not on every address.
	places map[placeKey]bool
	// scopes are those that packets for traps came in, the first localScopes: a
	// touch does not know its interface.
	scopes []uint8
	// macs are the hardware addresses of IPv6 sources that were seen, by a hash of
	// their address: part of what such a source is known by, and no touch has it.
	macs [macsMax]hardware
}

// hardware is who had an address last, as far as frames show; zero for nobody.
type hardware struct {
	addr [16]byte
	mac  [6]byte
}

// SetTraps says which ports are traps, on every address of this host, since a time
// in nanoseconds: packets may be seen after it that came before. Those that were
// traps already keep what is known of them.
func (t *Tracker) SetTraps(list []klaxon.Port, since int64) {
	old := traps{list: t.traps.list, index: t.traps.index}
	t.traps.list, t.traps.index = nil, [2][]uint32{}
	for _, p := range list {
		index := t.traps.indexOf(p.Transport)
		if index == nil || t.traps.find(p.Transport, p.Number) != nil {
			continue
		}
		if *index == nil {
			*index = make([]uint32, 1<<16)
		}
		x := Trap{Port: p, since: since}
		if known := old.find(p.Transport, p.Number); known != nil {
			x = *known
			x.placed = false
		}
		t.traps.list = append(t.traps.list, x)
		(*index)[p.Number] = uint32(len(t.traps.list))
	}
}

// SetLocal says which addresses are this host's. The target of a touch is one, too.
func (t *Tracker) SetLocal(list []netip.Addr) {
	t.traps.local = make(map[[16]byte]struct{}, len(list))
	for _, a := range list {
		t.traps.own(addrBytes(a))
	}
}

// Traps lists the traps in the order they were set.
func (t *Tracker) Traps() []Trap { return append([]Trap(nil), t.traps.list...) }

// own notes an address of this host.
func (x *traps) own(a [16]byte) {
	if x.local == nil {
		x.local = make(map[[16]byte]struct{})
	}
	if len(x.local) < localMax {
		x.local[a] = struct{}{}
	}
}

func (x *traps) indexOf(transport klaxon.Transport) *[]uint32 {
	switch transport {
	case klaxon.TCP:
		return &x.index[0]
	case klaxon.UDP:
		return &x.index[1]
	}
	return nil
}

// find returns the trap at a port, nil for none.
func (x *traps) find(transport klaxon.Transport, port uint16) *Trap {
	index := x.indexOf(transport)
	if index == nil || len(*index) == 0 || (*index)[port] == 0 {
		return nil
	}
	return &x.list[(*index)[port]-1]
}

// any tells whether there is a trap, without a call.
func (x *traps) any() bool { return len(x.list) > 0 }

// trapped tells whether a packet that begins a contact goes to a trap.
func (t *Tracker) trapped(transport klaxon.Transport, dst *[16]byte, v6 bool, port uint16) bool {
	trap := t.traps.find(transport, port)
	if trap == nil {
		return false
	}
	if _, ok := t.traps.local[*dst]; !ok || !t.traps.at(trap, dst, v6) {
		return false
	}
	if !t.drilling() {
		t.traps.saw(t.scope)
	}
	return true
}

// saw notes a scope in which traps are probed.
func (x *traps) saw(scope uint8) {
	for _, s := range x.scopes {
		if s == scope {
			return
		}
	}
	if len(x.scopes) < localScopes {
		x.scopes = append(x.scopes, scope)
	}
}

// learn notes the hardware address of a packet: its source may touch a trap next.
func (t *Tracker) learn(src *[16]byte, mac [6]byte) {
	if mac != ([6]byte{}) {
		t.traps.macs[t.hash.host(src, 0)%macsMax] = hardware{*src, mac}
	}
}

// hardwareOf is the address that learn noted, zero for none.
func (t *Tracker) hardwareOf(src *[16]byte) [6]byte {
	if e := &t.traps.macs[t.hash.host(src, 0)%macsMax]; e.addr == *src {
		return e.mac
	}
	return [6]byte{}
}

// trapOf is the trap that a contact is with, nil when it is none any more.
func (t *Tracker) trapOf(c *contact) *Trap {
	if c.method == MethodUDP {
		return t.traps.find(klaxon.UDP, c.dport)
	}
	return t.traps.find(klaxon.TCP, c.dport)
}

// near tells whether a source is in a connected network.
func (t *Tracker) near(s *Source) bool { return t.isConnected(&s.Addr, s.V6) }
