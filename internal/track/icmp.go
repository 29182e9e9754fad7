package track

import "klaxon/internal/decode"

const (
	protoICMP = 1
	protoAny  = 255 // stands for the protocols without ports, the number is in the key
)

// ICMP codes of an unreachable destination that refuse a contact, or stand in
// for it: port, protocol, and the prohibitions (RFC 1812 section 5.2.7).
func refuses(code uint8) bool { return code == 2 || code == 3 || code == 9 || code == 10 || code == 13 }

func (t *Tracker) icmp(p *decode.Packet) {
	switch p.ICMPType {
	case decode.ICMPUnreachable:
		if refuses(p.ICMPCode) {
			t.unreachable(p)
		}
	case decode.ICMPEchoReply:
		t.echoed(p, decode.ICMPEcho)
	case decode.ICMPTimestampReply:
		t.echoed(p, decode.ICMPTimestamp)
	case decode.ICMPMaskReply:
		t.echoed(p, decode.ICMPMask)
	default:
		if row := t.rows.ICMP4[p.ICMPType]; row.Starts {
			t.request(p, row)
		}
	}
}

// request begins a contact with an ICMP query.
func (t *Tracker) request(p *decode.Packet, row Row) {
	var f flow
	t.flow(&f, p, protoICMP, uint64(p.ICMPType))
	t.afresh(&f)
	if f.ours != nil {
		t.hops(f.ours, p)
		t.repeated(f.ours)
	} else {
		var b start
		f.start(&b, uint16(p.ICMPType), row)
		f.ours, _ = t.begin(&b)
		f.ours.isn = uint32(p.ICMPID)<<16 | uint32(p.ICMPSeq)
		if p.DataLen == 0 {
			f.ours.bits |= bitEcho
		}
		if traces(p) {
			f.ours.bits |= bitHop
			f.ours.peer = uint32(p.TTL)
		}
	}
	if s := &t.sources.all[f.ours.source]; s.Life == f.ours.life {
		if f.ours.packets == 1 {
			t.vote(s, f.ours, p, row.Method)
		} else {
			t.osProbe(s, f.ours, p)
		}
	}
}

// repeated notes another packet of a contact that has no ports.
func (t *Tracker) repeated(c *contact) {
	pause := t.tick() - c.at
	c.at = t.tick()
	c.packets = oneMore(c.packets)
	if s := &t.sources.all[c.source]; s.Life == c.life {
		t.paced(s, c, pause)
	}
}

// echoed settles the query that a reply belongs to. A reply to an echo request
// without payload is no credit: that is how hosts are looked for.
func (t *Tracker) echoed(p *decode.Packet, query uint8) {
	var f flow
	t.flow(&f, p, protoICMP, uint64(query))
	c := f.theirs
	if c == nil {
		return
	}
	t.seenBoth(c, &p.Src)
	if c.bits&bitAnswered != 0 || c.outcome == Illegal {
		return
	}
	c.bits |= bitAnswered
	if c.bits&bitEcho != 0 {
		t.settleAs(c, Success, c.method.weights().silent)
		return
	}
	t.settle(c, Success)
}

func (t *Tracker) icmp6(p *decode.Packet) {
	switch p.ICMPType {
	case decode.ICMPv6Solicit:
		t.solicit(p)
		return
	case decode.ICMPv6Advert:
		t.advertise(p)
		return
	case decode.ICMPv6RouterAdvert:
		t.routers.add(p.SrcMAC)
		return
	}
	if p.Dst[0] == 0xff || p.Src == ([16]byte{}) {
		return
	}
	switch p.ICMPType {
	case decode.ICMPv6Unreachable:
		if p.ICMPCode == 1 || p.ICMPCode == 4 {
			t.unreachable(p)
		}
	case decode.ICMPv6Parameter:
		if p.ICMPCode == 1 { // unrecognized next header
			t.unreachable(p)
		}
	case decode.ICMPv6EchoReply:
		t.echoed(p, decode.ICMPv6Echo)
	default:
		if row := t.rows.ICMP6[p.ICMPType]; row.Starts {
			t.request(p, row)
		}
	}
}
