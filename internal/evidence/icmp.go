package evidence

import "klaxon/internal/decode"

const (
	protoICMP  = 1
	protoICMP6 = 58
	protoAsk   = 254 // stands for ARP and ND
)

// asks returns what a query's messages have in common, 0 for none.
func asks(p *decode.Packet) (number uint16, c class) {
	switch {
	case p.Kind == decode.KindICMP && p.ICMPType == decode.ICMPEcho, p.Kind == decode.KindICMPv6 && p.ICMPType == decode.ICMPv6Echo:
		return decode.ICMPEcho, classEcho
	case p.Kind == decode.KindICMP && (p.ICMPType == decode.ICMPTimestamp || p.ICMPType == decode.ICMPMask):
		return uint16(p.ICMPType), classQuery
	}
	return 0, 0
}

// replies returns the number of the query that a message answers, 0 for none.
func replies(p *decode.Packet) uint16 {
	switch {
	case p.Kind == decode.KindICMP && p.ICMPType == decode.ICMPEchoReply, p.Kind == decode.KindICMPv6 && p.ICMPType == decode.ICMPv6EchoReply:
		return decode.ICMPEcho
	case p.Kind == decode.KindICMP && (p.ICMPType == decode.ICMPTimestampReply || p.ICMPType == decode.ICMPMaskReply):
		return uint16(p.ICMPType) - 1
	}
	return 0
}

func (s *Store) icmp(p *decode.Packet, f *Frame) {
	if number, c := asks(p); number != 0 {
		there := service(protoICMP, number|uint16(p.ICMPCode)<<8)
		s.asked(from(p), &talk{tuple: s.tuple(&p.Dst, there, f), peer: p.Dst, service: there, class: c}, f)
		return
	}
	dst := to(p)
	if number := replies(p); number != 0 {
		there := service(protoICMP, number|uint16(p.ICMPCode)<<8)
		if !s.answered(&dst, s.tuple(&p.Src, there, f), f) { // many systems answer code 0 whatever was asked
			s.answered(&dst, s.tuple(&p.Src, service(protoICMP, number|9<<8), f), f)
		}
		return
	}
	switch {
	case p.Quoted.Valid:
		s.quoted(p, f)
	case p.Kind == decode.KindICMPv6 && p.ICMPType == decode.ICMPv6Solicit:
		s.ask(keyOf(&p.Src, &p.NDTarget, &p.SrcMAC, true), p, &p.NDTarget, f)
	case p.Kind == decode.KindICMPv6 && p.ICMPType == decode.ICMPv6Advert:
		dst = keyOf(&p.Dst, &p.NDTarget, &p.DstMAC, true)
		s.answered(&dst, s.tuple(&p.NDTarget, service(protoAsk, 0), f), f)
	}
}

// quoted takes an error about a contact that is kept.
func (s *Store) quoted(p *decode.Packet, f *Frame) {
	q := &p.Quoted
	asker := keyOf(&q.Src, &q.Dst, &p.DstMAC, p.V6)
	there := service(q.Proto, q.DstPort)
	if q.Proto == protoICMP || q.Proto == protoICMP6 {
		there = service(protoICMP, decode.ICMPEcho)
	}
	s.refused(&asker, s.tuple(&q.Dst, there, f), f)
}

func (s *Store) arp(p *decode.Packet, f *Frame) {
	switch p.ARPOp {
	case 1:
		if p.Src != p.Dst {
			s.ask(from(p), p, &p.Dst, f)
		}
	case 2:
		dst := to(p)
		s.answered(&dst, s.tuple(&p.Src, service(protoAsk, 0), f), f)
	}
}

// ask takes a request for the hardware address of a target.
func (s *Store) ask(asker key, p *decode.Packet, target *[16]byte, f *Frame) {
	if p.Src == ([16]byte{}) {
		return
	}
	there := service(protoAsk, 0)
	s.asked(asker, &talk{tuple: s.tuple(target, there, f), peer: *target, service: there, class: classAsk}, f)
}
