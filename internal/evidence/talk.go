package evidence

// talk is a contact of a source with a service of a host.
type talk struct {
	tuple   uint64 // hash of the service
	at      int64
	peer    [16]byte
	isn     uint32 // of the source; of fragments the identification
	other   uint32 // the initial number of the peer
	frames  [talkFrames]int32
	next    int32  // the one before of its source
	service uint32 // protocol and port, or what stands for it
	port    uint16 // of the source
	count   uint16 // packets, for streams
	class   class
	n       uint8 // of frames
	heard   bool  // it was answered
	ended   bool
	good    bool // it came to something
	passing bool // it goes when the next comes
	open    bool // it found an open service, and stays
	back    bool // it comes back to a service that was probed
}

// frame is a stored frame; its data stand beside.
type frame struct {
	at     int64
	serial uint64 // counts all frames
	length uint32
	rest   int32 // the place of its bytes beyond headMax, none when there are none
	size   uint16
	iface  uint8
}

const none = int32(-1)

// talkOf finds a contact of a source, the newest first.
func (s *Store) talkOf(x *source, match func(*talk) bool) int32 {
	for i := x.first; i != none; i = s.talks[i].next {
		if match(&s.talks[i]) {
			return i
		}
	}
	return none
}

// begin keeps a new contact with its first frame, if there is room for it.
func (s *Store) begin(x *source, t *talk, f *Frame) {
	if x.frames >= FramesMax && !s.makeRoom(x, t) {
		s.settled(&x.key, t.tuple, t.port)
		return
	}
	for len(s.freeTalks) == 0 || !s.room(f) {
		s.evict(x)
	}
	last := len(s.freeTalks) - 1
	i := s.freeTalks[last]
	s.freeTalks = s.freeTalks[:last]
	new := &s.talks[i]
	*new = *t
	new.at, new.n, new.next = f.At, 0, x.first
	x.first = i
	x.talks++
	s.add(x, new, f)
}

// further keeps another frame of a contact, at the price of a contact that was not
// answered yet, or of one more of many.
func (s *Store) further(x *source, i int32, f *Frame) {
	t := &s.talks[i]
	if int(t.n) == talkFrames {
		return
	}
	if x.frames >= FramesMax {
		victim := s.talkOf(x, func(o *talk) bool { return o != t && !o.heard && !o.ended && o.class == t.class })
		if victim == none && t.n < talkFrames-1 {
			victim = s.spare(x, t)
		}
		if victim == none {
			return
		}
		s.settle(x, victim)
	}
	for !s.room(f) {
		s.evict(x)
	}
	s.add(x, t, f)
}

// room tells whether there is room for a frame.
func (s *Store) room(f *Frame) bool { return len(s.freeFrames) > 0 && s.contents.room(f.Data) }

// add stores a frame, for which there is room.
func (s *Store) add(x *source, t *talk, f *Frame) {
	last := len(s.freeFrames) - 1
	i := s.freeFrames[last]
	s.freeFrames = s.freeFrames[:last]
	s.serial++
	s.frames[i] = frame{at: f.At, serial: s.serial, length: uint32(f.Length), iface: uint8(f.Interface)}
	s.contents.keep(i, f.Data, &s.frames[i])
	t.frames[t.n] = i
	t.n++
	x.frames++
	s.touched(x)
}

// settle drops a contact; what else belongs to it is passed over.
func (s *Store) settle(x *source, i int32) {
	t := &s.talks[i]
	s.settled(&x.key, t.tuple, t.port)
	s.drop(x, i)
}

// drop forgets a contact.
func (s *Store) drop(x *source, i int32) {
	t := &s.talks[i]
	for at := &x.first; ; at = &s.talks[*at].next {
		if *at == i {
			*at = t.next
			break
		}
	}
	for _, f := range t.frames[:t.n] {
		s.contents.drop(&s.frames[f])
		s.freeFrames = append(s.freeFrames, f)
	}
	s.freeTalks = append(s.freeTalks, i)
	x.frames -= int(t.n)
	x.talks--
	if t.good {
		x.good--
	}
	x.version++
}

// wellEnded notes that a contact came to something, and keeps the newest of
// those.
func (s *Store) wellEnded(x *source, i int32) {
	t := &s.talks[i]
	if t.good || t.back {
		return
	}
	t.good = true
	if x.good++; x.good > goodMax {
		oldest := none
		for j := x.first; j != none; j = s.talks[j].next {
			if s.talks[j].good {
				oldest = j
			}
		}
		s.settle(x, oldest)
	}
	s.touched(x)
}
