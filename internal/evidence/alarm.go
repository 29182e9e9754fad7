package evidence

import (
	"cmp"
	"net/netip"
	"slices"

	"klaxon"
	"klaxon/internal/decode"
)

// account is an open alarm with the addresses it rests on.
type account struct {
	keys    []key
	shared  bool   // the work of several that are nothing by themselves
	written uint64 // state of them when the frames were last given out
}

// Alarm takes every event of an alarm's life. It returns the frames that are its
// evidence, by time, if they changed since it was asked last, and whether there
// are any at all. The frames belong to the caller.
func (s *Store) Alarm(a *klaxon.Alarm) (frames []Frame, any bool) {
	x := s.alarms[a.ID]
	if x == nil {
		x = &account{}
		if len(s.alarms) < alarmsMax {
			s.alarms[a.ID] = x
		}
	}
	s.join(x, a)
	x.shared = a.Tool.Name == "" && slices.Contains(a.Marks, klaxon.MarkDistributed)
	if state := s.state(x); state != x.written {
		x.written = state
		frames = s.choose(x)
	}
	if a.Event == klaxon.EventClose || a.Event == klaxon.EventRetract {
		s.leave(x)
		delete(s.alarms, a.ID)
	}
	return frames, x.written > 0
}

// join lets an alarm rest on its addresses.
func (s *Store) join(x *account, a *klaxon.Alarm) {
	if a.Shape == klaxon.ShapeFlood {
		for _, v := range a.Targets.Dst {
			addr := bytesOf(v)
			s.joinKey(x, victimOf(&addr, v.Is6()))
		}
		return
	}
	for _, v := range append([]netip.Addr{a.Source.Addr}, a.Sources...) {
		if v.IsValid() {
			s.joinKey(x, sourceKey(a, v))
		}
	}
	if slices.Contains(a.Marks, klaxon.MarkIdle) {
		s.joinPeers(x)
	}
}

// sourceKey is the key of a source of an alarm: where it stands to its targets
// tells which.
func sourceKey(a *klaxon.Alarm, source netip.Addr) key {
	src, dst := bytesOf(source), [16]byte{}
	if len(a.Targets.Dst) > 0 {
		dst = bytesOf(a.Targets.Dst[0])
	}
	return keyOf(&src, &dst, &a.Source.MAC, source.Is6())
}

// joinKey makes an alarm rest on an address.
func (s *Store) joinKey(x *account, k key) {
	if len(x.keys) >= membersMax || slices.Contains(x.keys, k) {
		return
	}
	x.keys = append(x.keys, k)
	of := s.take(&k)
	of.kept++
	s.touched(of)
	if k.kind >= ofVictim4 {
		s.victims++
	}
}

// joinPeers lets it rest on those whom its source wrote to, too: in an idle scan
// the probes come from one of them.
func (s *Store) joinPeers(x *account) {
	of := s.find(&x.keys[0])
	if of == nil || of.key.kind != ofIPv4 {
		return
	}
	var peers []key
	for i := of.first; i != none; i = s.talks[i].next {
		if k := (key{addr: s.talks[i].peer}); s.find(&k) != nil {
			peers = append(peers, k)
		}
	}
	for _, k := range peers {
		s.joinKey(x, k)
	}
}

// leave ends an alarm: what its addresses do next is another matter.
func (s *Store) leave(x *account) {
	for i := range x.keys {
		if x.keys[i].kind >= ofVictim4 {
			s.victims--
		}
		of := s.find(&x.keys[i])
		if of == nil || of.kept == 0 {
			continue
		}
		if of.kept--; of.kept == 0 {
			s.forget(of)
		}
	}
}

// state changes with what is kept of an alarm's addresses; 0 is nothing.
func (s *Store) state(x *account) (n uint64) {
	for i := range x.keys {
		if of := s.find(&x.keys[i]); of != nil && of.frames > 0 {
			n += uint64(of.version)
		}
	}
	return n
}

// suffered keeps what reaches the victim of a flood, until there is enough.
func (s *Store) suffered(p *decode.Packet, f *Frame) {
	k := victimOf(&p.Dst, p.V6)
	if x := s.find(&k); x != nil && x.frames < FramesMax {
		s.begin(x, &talk{peer: p.Src, class: classVictim}, f)
	}
}

// place is a contact in the order in which frames are taken.
type place struct {
	talk int32
	rank int // among those of its source
}

// choose takes the frames of an alarm: of one source all, of several in turn,
// and of many the probes before their answers; of those that share the work, one
// source after the other.
func (s *Store) choose(x *account) []Frame {
	if x.shared {
		return s.inOrder(s.oneByOne(x))
	}
	var list []place
	for i := range x.keys {
		if of := s.find(&x.keys[i]); of != nil {
			list = s.ranked(list, of)
		}
	}
	slices.SortStableFunc(list, func(a, b place) int {
		ta, tb := &s.talks[a.talk], &s.talks[b.talk]
		if ta.good != tb.good {
			return cmp.Compare(number(ta.good), number(tb.good))
		}
		return cmp.Or(cmp.Compare(a.rank, b.rank), cmp.Compare(ta.at, tb.at))
	})
	chosen := s.whole(list)
	if len(x.keys) > wholeUpTo {
		chosen = s.heads(list)
	}
	return s.inOrder(chosen)
}

func (s *Store) inOrder(chosen []int32) []Frame {
	slices.SortFunc(chosen, func(a, b int32) int { return cmp.Compare(s.frames[a].serial, s.frames[b].serial) })
	return s.copies(chosen)
}

// oneByOne takes all that is kept of one source, then of the next.
func (s *Store) oneByOne(x *account) (chosen []int32) {
	for i := range x.keys {
		of := s.find(&x.keys[i])
		if of == nil {
			continue
		}
		own := s.whole(s.ranked(nil, of))
		if len(chosen)+len(own) > FramesMax {
			return chosen
		}
		chosen = append(chosen, own...)
	}
	return chosen
}

// whole takes contacts with all their frames.
func (s *Store) whole(list []place) (chosen []int32) {
	for _, p := range list {
		if t := &s.talks[p.talk]; len(chosen)+int(t.n) <= FramesMax {
			chosen = append(chosen, t.frames[:t.n]...)
		}
	}
	return chosen
}

// heads takes the first frame of each contact, then the second ones.
func (s *Store) heads(list []place) (chosen []int32) {
	for n := range uint8(talkFrames) {
		for _, p := range list {
			if t := &s.talks[p.talk]; n < t.n && len(chosen) < FramesMax {
				chosen = append(chosen, t.frames[n])
			}
		}
	}
	return chosen
}

// ranked adds the contacts of a source, the first one first.
func (s *Store) ranked(list []place, of *source) []place {
	rank := of.talks
	for i := of.first; i != none; i = s.talks[i].next {
		rank--
		list = append(list, place{i, rank})
	}
	return list
}

func (s *Store) copies(chosen []int32) []Frame {
	list := make([]Frame, 0, len(chosen))
	for _, i := range chosen {
		f := &s.frames[i]
		list = append(list, Frame{At: f.at, Interface: int(f.iface), Length: int(f.length), Data: s.contents.bytes(i, f)})
	}
	return list
}

func number(b bool) int {
	if b {
		return 1
	}
	return 0
}
