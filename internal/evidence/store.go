package evidence

import (
	"math/bits"

	"klaxon/internal/decode"
)

// Frame is one captured frame.
type Frame struct {
	At        int64 // ns since 1970
	Interface int   // 0 to 255
	Length    int   // on the wire
	Data      []byte
}

// Store keeps frames. It is owned by one goroutine. Use New.
type Store struct {
	seed        uint64
	index       map[key]int32
	sources     []source
	queues      [queues]queue
	freeSources []int32
	talks       []talk
	freeTalks   []int32
	frames      []frame
	contents    contents
	freeFrames  []int32
	tags        []uint32
	alarms      map[string]*account
	victims     int    // that are being kept of
	serial      uint64 // of the newest frame
	evicted     uint64
}

// New returns an empty Store with all of its memory. The seed is of its hashes:
// a sensor's own, so that nobody can choose collisions.
func New(seed uint64) *Store {
	s := &Store{
		seed:        seed,
		index:       make(map[key]int32, sourcesMax),
		sources:     make([]source, sourcesMax),
		freeSources: numbers(sourcesMax),
		talks:       make([]talk, poolFrames),
		freeTalks:   numbers(poolFrames),
		frames:      make([]frame, poolFrames),
		contents:    newContents(poolFrames),
		freeFrames:  numbers(poolFrames),
		tags:        make([]uint32, settledSize),
		alarms:      make(map[string]*account),
	}
	for q := range s.queues {
		s.queues[q] = queue{none, none}
	}
	return s
}

// numbers lists the places of a pool, the first of them last.
func numbers(n int32) []int32 {
	list := make([]int32, n)
	for i := range list {
		list[i] = n - 1 - int32(i)
	}
	return list
}

// Packet takes a frame and what was decoded of it.
func (s *Store) Packet(p *decode.Packet, f *Frame) {
	if s.victims > 0 {
		s.suffered(p, f)
	}
	switch p.Kind {
	case decode.KindTCP:
		s.tcp(p, f)
	case decode.KindUDP:
		s.udp(p, f)
	case decode.KindSCTP:
		s.sctp(p, f)
	case decode.KindICMP, decode.KindICMPv6:
		s.icmp(p, f)
	case decode.KindARP:
		s.arp(p, f)
	case decode.KindIP:
		s.protocol(p, f)
	case decode.KindFragment:
		s.fragment(p, f)
	}
}

// Evicted is how many sources were forgotten for lack of room.
func (s *Store) Evicted() uint64 { return s.evicted }

// tuple is the hash of a service of a host as seen on an interface: a contact
// and its answers are of one.
func (s *Store) tuple(peer *[16]byte, service uint32, f *Frame) uint64 {
	var a, b uint64
	for i := range 8 {
		a, b = a<<8|uint64(peer[i]), b<<8|uint64(peer[8+i])
	}
	h := fold64(a^s.seed^0xa0761d6478bd642f, b^0xe7037ed1a0b428db)
	return fold64(h^s.seed, (uint64(service)<<8|uint64(uint8(f.Interface)))^0x8ebc6af09c88c6e3)
}

// tag is the hash of a conversation.
func (s *Store) tag(asker *key, tuple uint64, port uint16) (place int, tag uint32) {
	var a, b uint64
	for i := range 8 {
		a, b = a<<8|uint64(asker.addr[i]), b<<8|uint64(asker.addr[8+i])
	}
	h := fold64(fold64(a^s.seed, b^0x589965cc75374cc3)^tuple, uint64(port)^0x1d8e4e27c47d124f)
	return int(h % settledSize), uint32(h>>32) | 1
}

// settled notes that a conversation is of no more use.
func (s *Store) settled(asker *key, tuple uint64, port uint16) {
	i, tag := s.tag(asker, tuple, port)
	s.tags[i] = tag
}

func (s *Store) isSettled(asker *key, tuple uint64, port uint16) bool {
	i, tag := s.tag(asker, tuple, port)
	return s.tags[i] == tag
}

func (s *Store) unsettle(asker *key, tuple uint64, port uint16) {
	if i, tag := s.tag(asker, tuple, port); s.tags[i] == tag {
		s.tags[i] = 0
	}
}

// fold64 mixes two numbers (after wyhash: a multiplication, folded).
func fold64(a, b uint64) uint64 {
	hi, lo := bits.Mul64(a, b)
	return hi ^ lo
}
