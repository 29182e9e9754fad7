package track

import "klaxon/internal/decode"

// impostor tells a packet that came to this host and claims to be from it: a host on
// the same link made it up, or it went out by another interface before. Either way
// it is no answer of ours, and proves nothing of whoever is said to be answered.
func (t *Tracker) impostor(p *decode.Packet) bool {
	_, ours := t.traps.local[p.Src]
	return ours && p.Tunnel == decode.TunnelNone // what a mirror brings went out before
}
