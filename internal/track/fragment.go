package track

import (
	"time"

	"klaxon/internal/decode"
)

// halves keeps fragments of TCP headers that are too small to hold the flags
// until the other half comes, in whatever order. It is a ring: a stranger who
// sends more of them than fit loses his own.
type halves struct {
	ring [halvesMax]half
	next int
}

type half struct {
	key  uint64
	at   int64
	tail bool // it is the second half
	p    decode.Packet
}

// halvesMax is how many such fragments wait, for at most as long as
// hosts do (RFC 8200 section 4.5: 60 s).
const (
	halvesMax = 256
	halvesFor = 60 * time.Second
)

// partial takes a first fragment that ends before the flags.
func (t *Tracker) partial(p *decode.Packet) {
	if other := t.otherHalf(p, true); other != nil {
		t.joined(p, other)
	}
}

// fragment takes a later fragment. Of interest is the second eight bytes of a TCP
// header.
func (t *Tracker) fragment(p *decode.Packet) {
	if p.Proto != protoTCP || p.FragOffset != 8 {
		return
	}
	if other := t.otherHalf(p, false); other != nil {
		t.joined(other, p)
	}
}

func (t *Tracker) joined(head, tail *decode.Packet) {
	head.Ack, head.Flags, head.Window, head.Partial = tail.Ack, tail.Flags, tail.Window, false
	t.tcp(head)
}

// otherHalf returns the half that waits for p, a tail or a head; when there is
// none, p waits.
func (t *Tracker) otherHalf(p *decode.Packet, tail bool) *decode.Packet {
	key := t.fragmentKey(p)
	for i := range t.halves.ring {
		h := &t.halves.ring[i]
		if h.key == key && h.tail == tail && t.now-h.at <= int64(halvesFor) {
			h.key = 0
			return &h.p
		}
	}
	h := &t.halves.ring[t.halves.next]
	t.halves.next = (t.halves.next + 1) % halvesMax
	h.key, h.at, h.tail, h.p = key, t.now, !tail, *p
	return nil
}

func (t *Tracker) fragmentKey(p *decode.Packet) uint64 {
	return t.hash.mix(t.hash.mix(t.hash.addr(&p.Src, t.scope), t.hash.addr(&p.Dst, t.scope)), uint64(p.ID)<<8|protoTCP) | 1
}
