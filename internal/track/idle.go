package track

import (
	"time"

	"klaxon/internal/decode"
)

// prods remembers who sends SYN+ACKs that answer nothing to whom: whoever scans
// in the name of another host (Antirez 1998, nmap -sI) reads that one's IP
// identification in its resets, before and between the probes. It is a ring: a
// stranger who fills it hides an idle scan's author, not the scan.
type prods struct {
	ring [prodsMax]prod
	used bool
}

type prod struct {
	zombie   uint64 // hash of its address
	by, life uint32 // record of the one who prods
	n        uint32 // how many of its SYN+ACKs the zombie reset
	at       int64
	mac      [6]byte // of the zombie's resets
}

const (
	prodsMax  = 64
	prodsIdle = 4 // so many make an idle scan
	prodAge   = time.Minute
)

// prodded counts a SYN+ACK from the source of a contact that answers nothing.
func (t *Tracker) prodded(c *contact, p *decode.Packet) {
	if p.Flags&decode.Control != decode.SYN|decode.ACK {
		return
	}
	t.prods.used = true
	zombie, oldest := t.hash.addr(&p.Dst, t.scope), 0
	for i := range t.prods.ring {
		e := &t.prods.ring[i]
		if e.zombie == zombie && e.by == c.source && e.life == c.life {
			return
		}
		if e.at < t.prods.ring[oldest].at {
			oldest = i
		}
	}
	t.prods.ring[oldest] = prod{zombie: zombie, by: c.source, life: c.life, at: t.now}
}

// resets counts a reset by which a zombie answers one who prods it, of contact c.
func (t *Tracker) resets(c *contact, p *decode.Packet) {
	if !t.prods.used || p.Flags&decode.RST == 0 {
		return
	}
	zombie := t.hash.addr(&p.Src, t.scope)
	for i := range t.prods.ring {
		if e := &t.prods.ring[i]; e.zombie == zombie && e.by == c.source && e.life == c.life {
			e.n++
			e.at, e.mac = t.now, p.SrcMAC
			return
		}
	}
}

// behind is the source that scans in the name of s, as far as is seen; nil for
// nobody. It must have the hardware address that the probes came from, and the
// zombie's resets another one: else a scanner could forge SYN+ACKs from somebody
// whom it wants blamed. Behind a router all have one, and nobody is named.
func (t *Tracker) behind(s *Source) *Source {
	if !t.prods.used {
		return nil
	}
	zombie := t.hash.addr(&s.Addr, s.Scope)
	for i := range t.prods.ring {
		e := &t.prods.ring[i]
		if e.zombie != zombie || e.n < prodsIdle || s.Last-e.at > int64(prodAge) || e.mac == s.rawMAC {
			continue
		}
		if by := &t.sources.all[e.by]; by.Life == e.life && by.MAC == s.rawMAC {
			return by
		}
	}
	return nil
}
