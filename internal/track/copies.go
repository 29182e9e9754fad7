package track

import "klaxon/internal/decode"

// copies tells a packet that was seen on another interface already: on a bond
// and its member, a bridge and its port, a VLAN and what carries it, both sides
// of a router. It counts once, and the interfaces are one scope from then on,
// since an answer may be seen on either first. The zero value is ready. It does
// nothing as long as there is one interface.
type copies struct {
	seen  [copiesMax]sighting
	alias [256]uint8 // the scope an interface belongs to, as its difference from its own
	first int        // number of the first interface + 1
	many  bool
}

// sighting is a packet as it was seen last.
type sighting struct {
	id       uint64 // of all that forwarding and translation leave alone
	at       int64  // ns
	from, to uint64 // both ends, with their ports
	iface    uint8
	ttl      uint8
}

// see notes a packet, and tells whether it is a copy.
func (t *Tracker) see(iface uint8, p *decode.Packet) (copied bool) {
	c := &t.copies
	if !c.many {
		if c.first == 0 {
			c.first = int(iface) + 1
		}
		c.many = c.first != int(iface)+1
	}
	t.scope = iface + c.alias[iface]
	if !c.many {
		return false // sighted notes the packets that begin a contact, the others have no copy yet
	}
	id, from, to := t.ends(p)
	e := &c.seen[id%copiesMax]
	if e.id == id && e.iface != iface && t.now-e.at <= int64(copyAfter) {
		switch same := e.from == from; {
		case same && e.to == to:
			c.join(e.iface, iface)
			t.scope = iface + c.alias[iface]
			return true
		case same || e.to == to:
			// The other side of an address translation. Its answers are seen with
			// other addresses too, so the scopes stay apart.
			// One that was forwarded has fewer hops left.
			twin := p.Kind == decode.KindTCP && p.Flags&decode.ACK == 0 && p.TTL < e.ttl
			if twin {
				e.id = 0
			}
			return twin
		}
	}
	e.id, e.at, e.from, e.to, e.iface, e.ttl = id, t.now, from, to, iface, p.TTL
	return false
}

// sighted notes the first packet of a contact, as long as there is one interface:
// its copy on a second one, which may come up any time, is no other contact.
func (t *Tracker) sighted(p *decode.Packet) {
	c := &t.copies
	if c.many || t.cfg.Alone {
		return
	}
	id, from, to := t.ends(p)
	e := &c.seen[id%copiesMax]
	e.id, e.at, e.from, e.to, e.iface, e.ttl = id, t.now, from, to, uint8(c.first-1), p.TTL
}

// ends hashes what identifies a packet on its way, and its two ends.
func (t *Tracker) ends(p *decode.Packet) (id, from, to uint64) {
	return t.identity(p), t.hash.mix(t.hash.addr(&p.Src, 0), uint64(p.SrcPort)), t.hash.mix(t.hash.addr(&p.Dst, 0), uint64(p.DstPort))
}

// join makes two interfaces one scope.
func (c *copies) join(a, b uint8) {
	to, from := a+c.alias[a], b+c.alias[b]
	if to == from {
		return
	}
	for i := range c.alias {
		if uint8(i)+c.alias[i] == from {
			c.alias[i] = to - uint8(i)
		}
	}
}

// identity hashes what stays the same on a packet's way.
func (t *Tracker) identity(p *decode.Packet) uint64 {
	h := t.hash.mix(uint64(p.Seq)<<32|uint64(p.Ack), uint64(p.ID)<<32|uint64(p.Flags)<<16|uint64(p.Window))
	h = t.hash.mix(h, uint64(p.DataLen)<<48|uint64(p.FragOffset)<<32|uint64(p.Proto)<<24|uint64(p.Kind)<<16|uint64(p.ICMPType)<<8|uint64(p.ICMPCode))
	return t.hash.mix(h, uint64(p.ICMPID)<<32|uint64(p.ICMPSeq)<<16|uint64(p.SCTPTag)&0xffff) | 1
}
