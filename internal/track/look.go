package track

import (
	"net/netip"
)

// Look finds the source at an address, or the /64 it is in, with the most
// evidence where there are several, on several interfaces. It reads the whole
// table: it is for people who ask.
func (t *Tracker) Look(a netip.Addr) (View, bool) {
	want, best := addrBytes(a.WithZone("")), -1
	v6 := !a.Unmap().Is4()
	for i := range t.sources.all {
		s := &t.sources.all[i]
		if s.Life == 0 || s.V6 != v6 || !s.is(&want) {
			continue
		}
		if best < 0 || t.sources.all[best].less(s, &want) {
			best = i
		}
	}
	if best < 0 {
		return View{}, false
	}
	return t.view(uint32(best)), true
}

// is tells whether a source has an address, or may have it.
func (s *Source) is(a *[16]byte) bool {
	return s.Addr == *a || s.Wide && [8]byte(s.Addr[:8]) == [8]byte(a[:8])
}

// less prefers the record of the very address, and then that of more evidence.
func (s *Source) less(o *Source, a *[16]byte) bool {
	if x, y := s.Addr == *a, o.Addr == *a; x != y {
		return y
	}
	if s.Gross != o.Gross {
		return s.Gross < o.Gross
	}
	return s.Last < o.Last
}
