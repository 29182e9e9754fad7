package plot

import "math/bits"

// moment is a point of a source that is known from elsewhere.
type moment struct {
	at  int64
	row row
}

// memory holds the newest points of sources without an alarm. Its size is
// fixed: a new source takes the place of the one with the fewest points in its
// set, and among those of the one that has been silent for longest.
type memory struct {
	seed  uint64
	slots [memorySets][memoryWays]slot
	past  [memorySets * memoryWays]past
}

type slot struct {
	key  key
	n    uint32 // points noted; 0 for a free slot
	last int64
}

// past is a ring of moments, apart from the slots so that a search reads few
// cache lines.
type past struct {
	at  [memoryPoints]int64
	row [memoryPoints]row
}

func newMemory(seed uint64) *memory { return &memory{seed: seed} }

// note remembers a point.
func (m *memory) note(k key, pt moment) {
	set := m.set(k)
	way, victim := -1, 0
	for i := range m.slots[set] {
		s := &m.slots[set][i]
		if s.n > 0 && s.key == k {
			way = i
			break
		}
		if v := &m.slots[set][victim]; s.n < v.n || s.n == v.n && s.last < v.last {
			victim = i
		}
	}
	if way < 0 {
		way = victim
		m.slots[set][way] = slot{key: k}
	}
	s, p := &m.slots[set][way], &m.past[set*memoryWays+way]
	p.at[s.n%memoryPoints], p.row[s.n%memoryPoints] = pt.at, pt.row
	s.last = pt.at
	if s.n++; s.n == 1<<31 {
		s.n = memoryPoints // so that it never wraps; a multiple of the ring's size
	}
}

// take calls fn for all that is remembered of a source, and forgets it.
func (m *memory) take(k key, fn func(moment)) {
	set := m.set(k)
	for i := range m.slots[set] {
		s := &m.slots[set][i]
		if s.n == 0 || s.key != k {
			continue
		}
		p := &m.past[set*memoryWays+i]
		for j := range min(s.n, memoryPoints) {
			fn(moment{p.at[j], p.row[j]})
		}
		*s = slot{}
	}
}

// set mixes a key with the seed (after wyhash: two multiplications folded).
func (m *memory) set(k key) int {
	var a, b uint64
	for i := range 8 {
		a, b = a<<8|uint64(k[i]), b<<8|uint64(k[8+i])
	}
	h := fold64(a^m.seed^0xa0761d6478bd642f, b^0xe7037ed1a0b428db)
	return int(fold64(h^m.seed, 0x8ebc6af09c88c6e3) % memorySets)
}

func fold64(a, b uint64) uint64 {
	hi, lo := bits.Mul64(a, b)
	return hi ^ lo
}
