package track

import (
	"math/bits"
	"net/netip"

	"klaxon"
)

// SetConnected says which networks are on the links that are watched.
func (t *Tracker) SetConnected(nets []netip.Prefix) {
	t.connected = t.connected[:0]
	for _, p := range nets {
		if p.Bits() > 0 && !p.IsSingleIP() {
			t.connected = append(t.connected, p.Masked())
		}
	}
}

// onLink is the proof that a neighbour's frames give: inside a connected network,
// one hardware address for it, which has few other addresses. A router, or one
// who forges his neighbours, has many.
func (t *Tracker) onLink(s *Source) klaxon.Proof {
	if s.MAC == ([6]byte{}) || s.Moved || t.routers.is(s.MAC) {
		return klaxon.ProofNone
	}
	if r := t.routers.find(s.MAC); r != nil && bits.OnesCount64(r.seen) > onLinkAddresses {
		return klaxon.ProofNone
	}
	if t.isConnected(&s.Addr, s.V6) {
		return klaxon.ProofOnLink
	}
	return klaxon.ProofNone
}

// isConnected tells whether an address is in a connected network.
func (t *Tracker) isConnected(a *[16]byte, v6 bool) bool {
	ip := netAddr(a, v6)
	for _, p := range t.connected {
		if p.Contains(ip) {
			return true
		}
	}
	return false
}
