package evidence

// source is what is kept of one key.
type source struct {
	key        key
	first      int32 // its newest talk, none at -1
	frames     int   // of all its talks
	talks      int
	good       int    // talks that came to something
	kept       int    // open alarms that rest on it
	version    uint32 // counts changes
	prev, next int32  // in its queue
	queue      uint8
}

// The queues, in the order in which sources are forgotten, the one that was
// silent for longest first.
const (
	weak uint8 = iota
	strong
	alarmed
	queues
)

// queue is a list of sources, the newest first.
type queue struct{ newest, oldest int32 }

// find returns the source of a key, nil when there is none.
func (s *Store) find(k *key) *source {
	if i, ok := s.index[*k]; ok {
		return &s.sources[i]
	}
	return nil
}

// take returns the source of a key, and makes it when there is none.
func (s *Store) take(k *key) *source {
	if i, ok := s.index[*k]; ok {
		return &s.sources[i]
	}
	if len(s.freeSources) == 0 {
		s.evict(nil)
	}
	last := len(s.freeSources) - 1
	i := s.freeSources[last]
	s.freeSources = s.freeSources[:last]
	x := &s.sources[i]
	*x = source{key: *k, first: none}
	s.index[*k] = i
	s.push(x, weak)
	return x
}

// place is the index of a source.
func (s *Store) place(x *source) int32 { return s.index[x.key] }

// touched moves a source to where it belongs, as the newest there.
func (s *Store) touched(x *source) {
	x.version++
	q := weak
	switch {
	case x.kept > 0:
		q = alarmed
	case x.talks-x.good >= strongFrom:
		q = strong
	}
	i := s.place(x)
	if x.queue == q && s.queues[q].newest == i {
		return
	}
	s.pull(x)
	s.push(x, q)
}

func (s *Store) push(x *source, q uint8) {
	i, list := s.place(x), &s.queues[q]
	x.queue, x.prev, x.next = q, none, list.newest
	if list.newest != none {
		s.sources[list.newest].prev = i
	}
	list.newest = i
	if list.oldest == none {
		list.oldest = i
	}
}

func (s *Store) pull(x *source) {
	list := &s.queues[x.queue]
	if x.prev != none {
		s.sources[x.prev].next = x.next
	} else {
		list.newest = x.next
	}
	if x.next != none {
		s.sources[x.next].prev = x.prev
	} else {
		list.oldest = x.prev
	}
}

// evict forgets the source that is worth least, other than one.
func (s *Store) evict(but *source) {
	for q := range queues {
		i := s.queues[q].oldest
		if i != none && &s.sources[i] == but {
			i = s.sources[i].prev
		}
		if i != none {
			s.forget(&s.sources[i])
			s.evicted++
			return
		}
	}
}

// forget drops a source and all that is kept of it.
func (s *Store) forget(x *source) {
	s.empty(x)
	s.pull(x)
	i := s.place(x)
	delete(s.index, x.key)
	s.freeSources = append(s.freeSources, i)
}

// empty drops what is kept of a source.
func (s *Store) empty(x *source) {
	for x.first != none {
		s.drop(x, x.first)
	}
}
