package track

import "klaxon/internal/decode"

// heads keeps first fragments of TCP that are too small to hold the flags,
// until the next fragment tells them. It is a ring: a stranger who sends more of
// them than fit loses his own.
type heads struct {
	ring [headsMax]head
	next int
}

type head struct {
	key uint64
	at  int64
	p   decode.Packet
}

// headsMax is how many such fragments wait, for at most silentAfter.
const headsMax = 256

// partial keeps a first fragment.
func (t *Tracker) partial(p *decode.Packet) {
	t.heads.ring[t.heads.next] = head{key: t.fragmentKey(p), at: t.now, p: *p}
	t.heads.next = (t.heads.next + 1) % headsMax
}

// fragment joins a later fragment with its head, if that one waits for it.
func (t *Tracker) fragment(p *decode.Packet) {
	if p.Proto != protoTCP || p.FragOffset != 8 {
		return
	}
	key := t.fragmentKey(p)
	for i := range t.heads.ring {
		h := &t.heads.ring[i]
		if h.key != key || t.now-h.at > int64(silentAfter) {
			continue
		}
		h.key = 0
		h.p.Ack, h.p.Flags, h.p.Window, h.p.Partial = p.Ack, p.Flags, p.Window, false
		t.tcp(&h.p)
		return
	}
}

func (t *Tracker) fragmentKey(p *decode.Packet) uint64 {
	return t.hash.mix(t.hash.mix(t.hash.addr(&p.Src, t.scope), t.hash.addr(&p.Dst, t.scope)), uint64(p.ID)<<8|protoTCP) | 1
}
