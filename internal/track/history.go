package track

import "math/bits"

// Note is one contact as the history of its source keeps it.
type Note struct {
	Dst     [16]byte // as in decode.Packet
	At      int64    // of the first packet, ns
	tag     uint32   // of the contact it is about
	Port    uint16   // or the number of the IP protocol, or the ICMP type
	Weight  int16
	Method  Method
	Outcome Outcome
	Raw     bool // the packet is of no operating system
	OS      bool // it is a probe of nmap's OS detection
	V6      bool
	Trap    bool // its target is a trap of this host
}

// History is the exact log of a source's contacts, the newest that are evidence
// first of all: when it is full, one that is no evidence makes room.
type History struct {
	owner uint32 // index of the source + 1, 0 when free
	used  uint8
	next  uint8
	keep  uint64 // a bit for each note that is evidence, or waits to become so
	wait  uint64 // a bit for each that waits
	Notes [setTargets]Note
}

// All returns the notes in no order.
func (h *History) All() []Note { return h.Notes[:h.used] }

// notesOf returns the notes of a source's history in no order, none when it has
// none.
func (t *Tracker) notesOf(s *Source) []Note {
	if s.hist == 0 {
		return nil
	}
	return t.histories.all[s.hist-1].All()
}

// knows tells whether the history has a contact with the same service of the same
// host, made from another address of the source's network.
func (h *History) knows(b *start) bool {
	for i := range h.All() {
		if h.Notes[i].is(b) {
			return true
		}
	}
	return false
}

// is tells whether the note is of the same service as a contact that begins.
func (n *Note) is(b *start) bool { return n.Dst == *b.dst && n.Port == b.port && n.Method == b.method }

// noNote is the ordinal of a contact that has none.
const noNote = 255

// place returns the ordinal of the slot for a new note, or noNote when all wait
// for their outcome. Those that are no evidence make room in turn, and when there
// are none the oldest evidence does.
func (h *History) place() uint8 {
	if int(h.used) < len(h.Notes) {
		h.used++
		h.next = setTargets - 1
		return h.takes(h.used - 1)
	}
	free := ^h.keep
	if free == 0 {
		free = ^h.wait
	}
	if free == 0 {
		return noNote
	}
	h.next += uint8(bits.TrailingZeros64(bits.RotateLeft64(free, -int(h.next+1)))) + 1
	h.next %= setTargets
	return h.takes(h.next)
}

func (h *History) takes(n uint8) uint8 {
	h.keep |= 1 << n
	h.wait |= 1 << n
	return n
}

// settled says whether a note is to be kept now that its outcome is known.
func (h *History) settled(n uint8, keep, waits bool) {
	h.keep &^= 1 << n
	h.wait &^= 1 << n
	if keep {
		h.keep |= 1 << n
	}
	if waits {
		h.takes(n)
	}
}

type histories struct {
	all  []History
	next int
}

func newHistories(bytes int64) histories {
	return histories{all: make([]History, max(int(bytes/historySize), 64))}
}

// take gives a history to the source at index: of eight in turn the one whose
// owner has the least evidence.
func (t *histories) take(src *sources, index uint32) int32 {
	best := -1
	var least Weight
	for range 8 {
		t.next = (t.next + 1) % len(t.all)
		h := &t.all[t.next]
		if h.owner == 0 {
			best = t.next
			break
		}
		owner := &src.all[h.owner-1]
		if owner.Report != 0 {
			continue
		}
		if v := owner.value(); best < 0 || v < least {
			best, least = t.next, v
		}
	}
	if best < 0 {
		return 0
	}
	h := &t.all[best]
	if h.owner != 0 {
		src.all[h.owner-1].hist = 0
	}
	h.owner, h.used, h.next, h.keep, h.wait = index+1, 0, 0, 0, 0
	return int32(best) + 1
}

func (h *History) clear() { h.used, h.next, h.keep, h.wait = 0, 0, 0, 0 }

// note returns the note with the given tag in slot n, or nil when another one
// has taken its place.
func (h *History) note(n uint8, tag uint32) *Note {
	if n >= h.used || h.Notes[n].tag != tag {
		return nil
	}
	return &h.Notes[n]
}
