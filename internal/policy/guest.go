package policy

import (
	"net/netip"
	"slices"
	"time"

	"klaxon"
)

// guest is what is remembered of an expected source: what is not in here is new.
type guest struct {
	mac   [6]byte // as a neighbour; zero when it never was one
	traps []uint32
	last  time.Time
	again bool // it came back after its first visit
}

// guests are remembered up to a number; the one that stayed away for longest makes
// room. None enters who did not prove its address: forged ones could push out all
// others, and whoever is forgotten may begin new habits.
type guests map[netip.Addr]*guest

func trapKey(p klaxon.Port) uint32 { return uint32(p.Transport)<<16 | uint32(p.Number) }

func (g *guest) touched(p klaxon.Port) bool {
	_, found := slices.BinarySearch(g.traps, trapKey(p))
	return found
}

// settled tells whether the first visit is over.
func (g *guest) settled(at time.Time) bool { return g.again || at.Sub(g.last) > idleMin }

// learn notes what a source did, once it was told.
func (w guests) learn(v *visit) {
	s := v.scan
	if s.Proof == klaxon.ProofNone {
		return
	}
	g := v.guest
	if g == nil {
		g = w.enter(plain(s.Source.Addr))
	} else if g.settled(s.Last) {
		g.again = true
	}
	if s.Last.After(g.last) {
		g.last = s.Last
	}
	if s.Source.MAC != [6]byte{} && v.look != nil && v.look().OnLink {
		g.mac = s.Source.MAC
	}
	if v.traps == nil {
		return
	}
	for p := range portsOf(&s.Targets) {
		if v.traps(p) && len(g.traps) < guestTraps {
			if i, found := slices.BinarySearch(g.traps, trapKey(p)); !found {
				g.traps = slices.Insert(g.traps, i, trapKey(p))
			}
		}
	}
}

func (w guests) enter(a netip.Addr) *guest {
	if len(w) >= guestsMax {
		var away netip.Addr
		for x, g := range w {
			if !away.IsValid() || g.last.Before(w[away].last) || g.last.Equal(w[away].last) && x.Less(away) {
				away = x
			}
		}
		delete(w, away)
	}
	g := new(guest)
	w[a] = g
	return g
}
