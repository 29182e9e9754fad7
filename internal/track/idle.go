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
	n        uint32
	at       int64
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
			e.n++
			e.at = t.now
			return
		}
		if e.at < t.prods.ring[oldest].at {
			oldest = i
		}
	}
	t.prods.ring[oldest] = prod{zombie: zombie, by: c.source, life: c.life, n: 1, at: t.now}
}

// behind is the source that scans in the name of s, as far as is seen; nil for
// nobody.
func (t *Tracker) behind(s *Source) *Source {
	if !t.prods.used {
		return nil
	}
	zombie := t.hash.addr(&s.Addr, s.Scope)
	for i := range t.prods.ring {
		e := &t.prods.ring[i]
		if e.zombie != zombie || e.n < prodsIdle || s.Last-e.at > int64(prodAge) {
			continue
		}
		if by := &t.sources.all[e.by]; by.Life == e.life {
			return by
		}
	}
	return nil
}
