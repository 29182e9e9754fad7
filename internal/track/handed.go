package track

import "klaxon/internal/decode"

// stackOf tells operating systems apart by the SYNs of their connections: by what
// the hop limit began with, and by the options. It is never 0.
func stackOf(p *decode.Packet) uint8 {
	o := &p.Options
	hash := uint32(o.Len)<<8 | uint32(o.WS)
	if o.HasTS {
		hash |= 1 << 16
	}
	switch {
	case p.TTL > 128:
		hash |= 2 << 17
	case p.TTL > 64:
		hash |= 1 << 17
	}
	return uint8(hash*0x9e3779b1>>25) | 1
}

// handedOn tells whether an address belongs to another host than the one that is
// remembered: after a pause it comes with another hardware address, which is no
// router's, or with another stack.
func (t *Tracker) handedOn(s *Source, b *start) bool {
	quiet := t.now - s.Last
	if quiet < int64(leaseQuiet) || s.Wide {
		return false
	}
	if none := [6]byte{}; s.MAC != none && *b.mac != none && s.MAC != *b.mac && !t.routers.is(*b.mac) && !t.routers.is(s.MAC) {
		return true
	}
	return quiet >= int64(stackQuiet) && b.stack != 0 && s.stack != 0 && b.stack != s.stack
}

// renew begins the record of a source anew, for another host.
func (t *Tracker) renew(s *Source, b *start) {
	t.sources.life++
	*s = Source{
		Addr: *b.src, MAC: *b.mac, V6: b.v6, Scope: t.scope, salt: s.salt,
		First: t.now, Last: t.now, fresh: t.now, Life: t.sources.life, hist: s.hist, dirty: s.dirty,
	}
	if s.hist != 0 {
		t.histories.all[s.hist-1].clear()
	}
}
