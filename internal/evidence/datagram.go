package evidence

import "klaxon/internal/decode"

// asked is a packet of a protocol without a handshake: it begins a contact, or
// repeats one.
func (s *Store) asked(src key, t *talk, f *Frame) {
	if s.isSettled(&src, t.tuple, t.port) {
		return
	}
	x := s.take(&src)
	i := s.talkOf(x, func(o *talk) bool { return o.tuple == t.tuple })
	if i == none {
		s.begin(x, t, f)
		return
	}
	o := &s.talks[i]
	o.count = min(o.count, 1000) + 1
	switch {
	case o.class == classUDP && o.count+1 >= streamFrom && !o.heard:
		s.wellEnded(x, i)
	case o.class == classAsk && o.n == 1:
		s.further(x, i, f) // who asks again was not answered
	}
}

// answered is an answer to a contact that is kept, which so came to something,
// unless it is a query of ICMP: a sweep by those is one whatever it finds. False
// when there is no such contact.
func (s *Store) answered(asker *key, tuple uint64, f *Frame) bool {
	x := s.find(asker)
	if x == nil {
		return false
	}
	i := s.talkOf(x, func(t *talk) bool { return t.tuple == tuple })
	if i == none {
		return false
	}
	if t := &s.talks[i]; !t.heard {
		t.heard = true
		s.further(x, i, f)
		if t.class != classEcho && t.class != classQuery {
			s.wellEnded(x, i)
		}
	}
	return true
}

func (s *Store) udp(p *decode.Packet, f *Frame) {
	dst, back := to(p), s.tuple(&p.Src, service(protoUDP, p.SrcPort), f)
	if s.isSettled(&dst, back, p.DstPort) || s.answered(&dst, back, f) {
		return
	}
	there := service(protoUDP, p.DstPort)
	s.asked(from(p), &talk{tuple: s.tuple(&p.Dst, there, f), peer: p.Dst, port: p.SrcPort, service: there, class: classUDP}, f)
}

// The chunks of SCTP that begin something (RFC 9260 section 3.2).
const (
	chunkInit       = 1
	chunkCookieEcho = 10
)

func (s *Store) sctp(p *decode.Packet, f *Frame) {
	if p.SCTPChunk != chunkInit && p.SCTPChunk != chunkCookieEcho {
		dst := to(p)
		s.refused(&dst, s.tuple(&p.Src, service(protoSCTP, p.SrcPort), f), f)
		return
	}
	there := service(protoSCTP, p.DstPort)
	s.asked(from(p), &talk{tuple: s.tuple(&p.Dst, there, f), peer: p.Dst, port: p.SrcPort, service: there, class: classSCTP}, f)
}

// refused is an answer that may say no; what it says is for others to judge.
func (s *Store) refused(asker *key, tuple uint64, f *Frame) {
	x := s.find(asker)
	if x == nil {
		return
	}
	if i := s.talkOf(x, func(t *talk) bool { return t.tuple == tuple }); i != none {
		s.talks[i].heard = true
		s.further(x, i, f)
	}
}

// protocol is a packet of another IP protocol.
func (s *Store) protocol(p *decode.Packet, f *Frame) {
	there := service(p.Proto, 0)
	dst := to(p)
	if s.answered(&dst, s.tuple(&p.Src, there, f), f) {
		return
	}
	s.asked(from(p), &talk{tuple: s.tuple(&p.Dst, there, f), peer: p.Dst, service: there, class: classProtocol}, f)
}
