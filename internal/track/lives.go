package track

import "encoding/binary"

// lives remembers when hosts were last seen to answer, or to finish a connection
// of their own: a machine that sleeps is not an address that nobody has. It
// outlives a restart (Remember, Recall), so it has a key and places of its own and
// knows nothing of interfaces, whose numbers change. The host that was silent for
// longest makes room.
type lives struct {
	key  uint64
	hash hasher
	all  []life // sets of ways
}

// life is when a host was last seen; the zero value is free.
type life struct {
	tag uint32
	at  uint32 // seconds since 1970
}

func newLives(key uint64) lives {
	return lives{key: key, hash: newHasher(key), all: make([]life, livesMax)}
}

func (l *lives) set(a *[16]byte) (set []life, tag uint32) {
	h := l.hash.addr(a, 0)
	at := h % (livesMax / ways) * ways
	return l.all[at : at+ways], uint32(h>>32) | 1
}

// see notes that a host lives, at a time in ns.
func (l *lives) see(a *[16]byte, now int64) {
	set, tag := l.set(a)
	oldest := 0
	for i := range set {
		if set[i].tag == tag {
			set[i].at = uint32(now / 1e9)
			return
		}
		if set[i].at < set[oldest].at {
			oldest = i
		}
	}
	set[oldest] = life{tag, uint32(now / 1e9)}
}

// since is how long ago a host was last seen, in ns; false when it is not known
// to have lived within lifeKept.
func (l *lives) since(a *[16]byte, now int64) (ago int64, known bool) {
	set, tag := l.set(a)
	for i := range set {
		if set[i].tag == tag {
			ago = max(0, now-int64(set[i].at)*1e9)
			return ago, ago <= int64(lifeKept)
		}
	}
	return 0, false
}

// livedOf tells whether the target of a contact was seen within lifeKept.
func (t *Tracker) livedOf(s *Source, c *contact) bool {
	n := t.noteOf(s, c)
	if n == nil {
		return false
	}
	_, known := t.lives.since(&n.Dst, t.now)
	return known
}

// asleep tells whether the silence of a contact's target may be that of a machine
// which is merely off: it lived, but nothing was heard of it of late. With the
// third service of one host in vain it is no visit any more, nor is the host off
// when it is heard soon after; then those before count as well: more is what they
// lacked.
func (t *Tracker) asleep(s *Source, c *contact) (yes bool, more Weight) {
	n := t.noteOf(s, c)
	if n == nil || c.bits&bitRaw != 0 || c.method != MethodSyn && c.method != MethodEcho {
		return false, 0
	}
	ago, known := t.lives.since(&n.Dst, t.now)
	if !known || t.looksForMany(s, n) {
		return false, 0
	}
	awake := ago < int64(awakeFor)
	var before [setTargets]*Note
	count := 0
	notes := t.notesOf(s)
	for i := range notes {
		if o := &notes[i]; o.Outcome == Asleep && o.Dst == n.Dst && o != n && (!awake || t.now-o.At < 2*int64(awakeFor)) {
			before[count] = o
			count++
		}
	}
	if count < visitServices && !awake {
		return true, 0
	}
	for _, o := range before[:count] {
		w := o.Method.weights().silent
		more += w - Weight(o.Weight)
		o.Outcome, o.Weight = Silent, int16(w)
		s.count(&contact{method: o.Method}, Silent, 1)
	}
	return false, more
}

// looksForMany tells whether a source looked for several services already on hosts
// that slept, and n is about another one: a backup has its own.
func (t *Tracker) looksForMany(s *Source, n *Note) bool {
	var ports [sleepServices]uint16
	count := 0
	notes := t.notesOf(s)
	for i := range notes {
		o := &notes[i]
		switch {
		case o.Outcome != Asleep || has(ports[:count], o.Port):
		case o.Port == n.Port:
			return false
		case count < sleepServices:
			ports[count] = o.Port
			count++
		}
	}
	return count == sleepServices
}

// lifeSaved is how many bytes Remember writes of one host.
const lifeSaved = 12

// Remember returns the memory of living hosts, for Recall after a restart. It
// holds no addresses, but whoever has it can tell which hosts lived.
func (t *Tracker) Remember() []byte {
	b := binary.LittleEndian.AppendUint64(nil, t.lives.key)
	for i := range t.lives.all {
		if e := &t.lives.all[i]; e.tag != 0 {
			b = binary.LittleEndian.AppendUint32(b, e.tag)
			b = binary.LittleEndian.AppendUint32(b, e.at)
			b = binary.LittleEndian.AppendUint32(b, uint32(i/ways))
		}
	}
	return b
}

// Recall takes what Remember wrote, instead of what is known so far. It returns
// false, and forgets nothing, when that is damaged.
func (t *Tracker) Recall(b []byte) bool {
	if len(b) < 8 || (len(b)-8)%lifeSaved != 0 || len(b) > 8+livesMax*lifeSaved {
		return false
	}
	l := newLives(binary.LittleEndian.Uint64(b))
	for b = b[8:]; len(b) > 0; b = b[lifeSaved:] {
		e := life{binary.LittleEndian.Uint32(b), binary.LittleEndian.Uint32(b[4:])}
		set := binary.LittleEndian.Uint32(b[8:])
		if set >= livesMax/ways || e.tag == 0 || !l.put(int(set), e) {
			return false
		}
	}
	t.lives = l
	return true
}

// put adds a host to a set, and returns false when that is full or has it.
func (l *lives) put(set int, e life) bool {
	for i := set * ways; i < (set+1)*ways; i++ {
		if l.all[i].tag == e.tag {
			return false
		}
		if l.all[i].tag == 0 {
			l.all[i] = e
			return true
		}
	}
	return false
}
