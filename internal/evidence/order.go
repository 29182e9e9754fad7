package evidence

// orders makes room for a contact that brings order into those of a source. When
// each is with another service of another host, as peers of a file sharing network
// make them, that is no scan: it shows when the source comes back to a host or to
// a service, in place of a contact that is alone.
func (s *Store) orders(x *source, t *talk) bool {
	if x.ordered || !s.joins(x, t, nil) {
		return false
	}
	alone, n := none, 0
	for i := x.first; i != none; i = s.talks[i].next {
		o := &s.talks[i]
		if s.joins(x, o, o) {
			continue
		}
		n++
		if !o.open && !o.back {
			alone = i
		}
	}
	if x.ordered = n*4 < x.talks; x.ordered || alone == none {
		return false
	}
	s.settle(x, alone)
	return true
}

// joins tells whether a contact is with a host or a service of another one.
func (s *Store) joins(x *source, t, but *talk) bool {
	for i := x.first; i != none; i = s.talks[i].next {
		if o := &s.talks[i]; o != but && (o.peer == t.peer || o.service == t.service) {
			return true
		}
	}
	return false
}
