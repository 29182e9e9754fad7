package track

import (
	"net/netip"

	"klaxon"
)

// Trap is what is known of one trap.
type Trap struct {
	klaxon.Port
	Touches uint64 // connections and datagrams that reached it
	Probes  uint64 // contacts on the wire that never did
	Sources int    // of these probes, counted up to three
	Near    bool   // one of them is in a connected network
	Last    int64  // ns, of the newest touch or probe; 0 for none
}

// TrapState says what a trap has seen.
type TrapState string

// The states of a trap.
const (
	TrapUnseen   TrapState = "unseen"   // nothing has come for it
	TrapProbed   TrapState = "probed"   // on the wire alone, so far
	TrapTouched  TrapState = "touched"  // it works
	TrapShielded TrapState = "shielded" // probes on the wire never reach it: a firewall
)

// State sums up what a trap has seen.
func (x *Trap) State() TrapState { return TrapUnseen }

// SetTraps says which ports of this host are traps.
func (t *Tracker) SetTraps(list []klaxon.Port) {}

// SetLocal says which addresses are this host's.
func (t *Tracker) SetLocal(list []netip.Addr) {}

// Traps lists the traps in the order they were set.
func (t *Tracker) Traps() []Trap { return nil }

// Look finds the source at an address.
func (t *Tracker) Look(a netip.Addr) (View, bool) { return View{}, false }
