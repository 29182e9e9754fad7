package evidence

import "klaxon/internal/decode"

const (
	protoTCP  = 6
	protoUDP  = 17
	protoSCTP = 132
)

func service(proto uint8, number uint16) uint32 { return uint32(proto)<<16 | uint32(number) }

// tcp reads a segment: one that opens, one of a contact that is kept, one of a
// conversation that is not, or one by itself.
func (s *Store) tcp(p *decode.Packet, f *Frame) {
	if goesOn(p) {
		return
	}
	src, there := from(p), service(protoTCP, p.DstPort)
	forth := s.tuple(&p.Dst, there, f)
	t := talk{tuple: forth, peer: p.Dst, isn: p.Seq, port: p.SrcPort, service: there, class: classOf(p)}
	if p.Partial {
		s.head(&src, p, &t, f)
		return
	}
	if opens(p) {
		s.open(&src, &t, f)
		return
	}
	dst, here := to(p), service(protoTCP, p.SrcPort)
	back := s.tuple(&p.Src, here, f)
	if s.isSettled(&src, forth, p.SrcPort) || s.isSettled(&dst, back, p.DstPort) || s.replied(&dst, back, p, f) || s.ended(&src, forth, p, f) {
		return
	}
	s.begin(s.take(&src), &t, f)
}

// open takes a SYN. One that repeats another is passed over, unless that was not
// answered.
func (s *Store) open(src *key, t *talk, f *Frame) {
	s.unsettle(src, t.tuple, t.port)
	x := s.take(src)
	raw := false
	before := s.talkOf(x, func(o *talk) bool {
		raw = raw || o.tuple == t.tuple && o.class == classRaw
		return o.tuple == t.tuple && o.class == t.class && (t.class != classOS || o.port == t.port)
	})
	if before == none {
		t.back = raw && t.class == classSYN
		s.begin(x, t, f)
		return
	}
	switch o := &s.talks[before]; {
	case o.port == t.port && o.isn == t.isn:
	case o.heard:
		s.settled(src, t.tuple, t.port)
	default:
		o.port, o.isn = t.port, t.isn
		s.further(x, before, f)
	}
}

// replied takes an answer to a contact that is kept.
func (s *Store) replied(asker *key, tuple uint64, p *decode.Packet, f *Frame) bool {
	x := s.find(asker)
	if x == nil {
		return false
	}
	i := s.talkOf(x, func(t *talk) bool { return t.tuple == tuple && t.port == p.DstPort })
	if i == none {
		return false
	}
	t := &s.talks[i]
	switch {
	case p.Flags&decode.SYN != 0 && t.heard:
	case p.Flags&decode.SYN != 0:
		t.heard, t.other = true, p.Seq
		if s.countIf(x, func(o *talk) bool { return o.open }) < openWanted {
			t.open, t.passing = true, false
		}
		s.further(x, i, f)
	case p.Flags&decode.FIN != 0 && t.heard && said(p, t.other) > emptyBanner, p.Flags&decode.FIN != 0 && t.heard && heard(p, t.isn) > 1:
		s.wellEnded(x, i)
		s.further(x, i, f)
	case !t.ended:
		t.heard = true
		s.further(x, i, f)
	}
	return true
}

// ended takes what the source of a contact that is kept sends next.
func (s *Store) ended(src *key, tuple uint64, p *decode.Packet, f *Frame) bool {
	x := s.find(src)
	if x == nil {
		return false
	}
	i := s.talkOf(x, func(t *talk) bool { return t.tuple == tuple && t.port == p.SrcPort })
	if i == none {
		return false
	}
	t := &s.talks[i]
	if t.class < 64 {
		return true // a segment by itself, sent again
	}
	if p.Flags&(decode.FIN|decode.RST) != 0 && !t.ended {
		t.ended = true
		if said(p, t.isn) > 0 && p.Seq != 0 && t.class == classSYN {
			s.wellEnded(x, i)
		}
		s.further(x, i, f)
	}
	return true
}

// said and heard are how many bytes a side sent and received by the numbers of
// its last segment.
func said(p *decode.Packet, isn uint32) int32  { return int32(p.Seq + uint32(p.DataLen) - isn - 1) }
func heard(p *decode.Packet, isn uint32) int32 { return int32(p.Ack - isn - 1) }

// half finds a segment that was cut before its flags, of which p is the other
// half.
func half(p *decode.Packet) func(*talk) bool {
	return func(t *talk) bool {
		return t.class == classFragments && t.isn == p.ID && t.peer == p.Dst && t.n == 1
	}
}

// head takes the first half of such a segment, which has the ports.
func (s *Store) head(src *key, p *decode.Packet, t *talk, f *Frame) {
	x := s.take(src)
	t.class, t.isn = classFragments, p.ID
	i := s.talkOf(x, half(p))
	if i == none {
		s.begin(x, t, f)
		return
	}
	o := &s.talks[i]
	o.tuple, o.port, o.service = t.tuple, t.port, t.service
	s.further(x, i, f)
}

// fragment takes the second half.
func (s *Store) fragment(p *decode.Packet, f *Frame) {
	if p.Proto != protoTCP || p.FragOffset != 8 {
		return
	}
	src := from(p)
	x := s.take(&src)
	if i := s.talkOf(x, half(p)); i != none {
		s.further(x, i, f)
		return
	}
	s.begin(x, &talk{peer: p.Dst, isn: p.ID, class: classFragments}, f)
}
