package evidence

// makeRoom drops a contact of a source for a new one; false when the new one is
// of no more use than those that are there. Before an alarm the newest are
// wanted, for it is they that will ring it; with one, what is not there yet:
// another technique, and hosts and services until the shape is clear.
func (s *Store) makeRoom(x *source, t *talk) bool {
	if x.good > 0 {
		s.settle(x, s.oldest(x, func(o *talk) bool { return o.good }))
		return true
	}
	if t.class != classAsk && s.countOf(x, classAsk) > novelClass {
		s.settle(x, s.oldest(x, func(o *talk) bool { return o.class == classAsk }))
		return true
	}
	if x.kept == 0 {
		most := s.commonest(x)
		s.settle(x, s.oldest(x, func(o *talk) bool { return o.class == most }))
		return true
	}
	if !s.novel(x, t) {
		return false
	}
	victim := s.spare(x, nil)
	if victim == none {
		return false
	}
	s.settle(x, victim)
	return true
}

// countOf counts the contacts of a class.
func (s *Store) countOf(x *source, c class) (n int) {
	for i := x.first; i != none; i = s.talks[i].next {
		if s.talks[i].class == c {
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
	sameClass, host, service := 0, false, false
	hosts, services := 0, 0
	for i := x.first; i != none; i = s.talks[i].next {
		o := &s.talks[i]
		if o.class == t.class {
			sameClass++
		}
		host = host || o.peer == t.peer
		service = service || o.service == t.service
		if s.firstOf(x, i, func(p *talk) bool { return p.peer == o.peer }) {
			hosts++
		}
		if s.firstOf(x, i, func(p *talk) bool { return p.service == o.service }) {
			services++
		}
	}
	return sameClass < novelClass || t.back || !host && hosts < hostsWanted || !service && services < servicesWanted
}

// firstOf tells whether no contact before the place i in the list matches.
func (s *Store) firstOf(x *source, i int32, match func(*talk) bool) bool {
	return s.talkOf(x, match) == i
}

// spare is the contact of which there are most alike, by class, host and service,
// other than one; the newest of them.
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
		if t == but || t.back || class <= novelClass {
			continue
		}
		if likes := host + service; likes > most {
			best, most = i, likes
		}
	}
	return best
}
