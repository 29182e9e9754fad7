package evidence

import "slices"

// makeRoom drops a contact of a source for a new one; false when the new one is
// of no more use than those that are there. Before an alarm the newest are
// wanted, for it is they that will ring it; with one, what is not there yet:
// another technique, and hosts and services until the shape is clear.
func (s *Store) makeRoom(x *source, t *talk) bool {
	if x.good > 0 {
		s.settle(x, s.oldest(x, func(o *talk) bool { return o.good }))
		return true
	}
	asked := s.countIf(x, func(o *talk) bool { return o.class == classAsk })
	if x.kept > 0 && asked >= asksWanted {
		return false
	}
	if t.class != classAsk && asked > novelClass {
		s.settle(x, s.oldest(x, func(o *talk) bool { return o.class == classAsk }))
		return true
	}
	if x.kept == 0 {
		most := s.commonest(x)
		s.settle(x, s.oldest(x, func(o *talk) bool { return o.class == most }))
		return true
	}
	novel := s.novel(x, t)
	if !novel && t.class == classAsk {
		return false // nothing can come of it
	}
	t.passing = !novel
	victim := s.leaves(x, novel)
	if victim == none {
		return false
	}
	s.settle(x, victim)
	return true
}

// leaves is the contact that goes for another one. The newest contacts, passingMax
// of them, are there to be answered: they are of no more use than others, unless
// they find an open service.
func (s *Store) leaves(x *source, novel bool) int32 {
	oldest, n := none, 0
	for i := x.first; i != none; i = s.talks[i].next {
		if s.talks[i].passing {
			oldest = i
			n++
		}
	}
	if n >= passingMax || n > 0 && novel {
		return oldest
	}
	return s.spare(x, nil)
}

func (s *Store) countIf(x *source, match func(*talk) bool) (n int) {
	for i := x.first; i != none; i = s.talks[i].next {
		if match(&s.talks[i]) {
			n++
		}
	}
	return n
}

func (s *Store) oldest(x *source, match func(*talk) bool) int32 {
	found := none
	for i := x.first; i != none; i = s.talks[i].next {
		if match(&s.talks[i]) {
			found = i
		}
	}
	return found
}

// commonest is the class with the most contacts.
func (s *Store) commonest(x *source) class {
	var counts [classes]int
	best := class(0)
	for i := x.first; i != none; i = s.talks[i].next {
		c := s.talks[i].class
		if counts[c]++; counts[c] > counts[best] {
			best = c
		}
	}
	return best
}

// novel tells whether a contact shows something that the others do not.
func (s *Store) novel(x *source, t *talk) bool {
	var hosts [hostsWanted][16]byte
	var services [servicesWanted]uint32
	alike, h, v := 0, 0, 0
	for i := x.first; i != none; i = s.talks[i].next {
		o := &s.talks[i]
		if o.class == t.class {
			alike++
		}
		if h < hostsWanted && !slices.Contains(hosts[:h], o.peer) {
			hosts[h] = o.peer
			h++
		}
		if v < servicesWanted && !slices.Contains(services[:v], o.service) {
			services[v] = o.service
			v++
		}
	}
	return alike < novelClass || t.back ||
		h < hostsWanted && !slices.Contains(hosts[:h], t.peer) || v < servicesWanted && !slices.Contains(services[:v], t.service)
}

// spare is the contact of which there are most alike, by class, host and service,
// of those that stay, other than one; the newest of them.
func (s *Store) spare(x *source, but *talk) int32 {
	best, most := none, 2 // one that is alone in two respects stays
	for i := x.first; i != none; i = s.talks[i].next {
		t := &s.talks[i]
		class, host, service := 0, 0, 0
		for j := x.first; j != none; j = s.talks[j].next {
			o := &s.talks[j]
			if o.class != t.class {
				continue
			}
			class++
			if o.peer == t.peer {
				host++
			}
			if o.service == t.service {
				service++
			}
		}
		if t == but || t.back || t.open || t.passing || class <= novelClass {
			continue
		}
		if likes := host + service; likes > most {
			best, most = i, likes
		}
	}
	return best
}
