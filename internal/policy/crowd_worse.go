package policy

import "klaxon"

// sizesMost is the largest order of magnitude that is told apart: 100,000 contacts.
const sizesMost = 5

// sized is a kind of scans of one order of magnitude: how many different contacts the
// source made, as a power of ten. That is what a machine with many addresses can not
// make up, for each of them has to make as many.
type sized struct {
	kind kind
	size uint8
}

// census counts the open alarms of sources.
type census map[sized]int

// sizeOf is the order of magnitude of a scan.
func sizeOf(s *klaxon.Scan) (size uint8) {
	for n := s.Probes; n >= 10 && size < sizesMost; n /= 10 {
		size++
	}
	return size
}

// from counts those of a kind that are of a size at least.
func (c census) from(k kind, size uint8) (n int) {
	for ; size <= sizesMost; size++ {
		n += c[sized{k, size}]
	}
	return n
}

// outdoes tells whether a scan is so much larger than others of its kind that it is
// told by itself among as many as there may be. No more than worseAlone of a size are:
// whoever has a thousand addresses could have each of them do more.
func (a *Alarms) outdoes(k kind, s *klaxon.Scan) bool {
	size := sizeOf(s)
	return size > 0 && a.census.from(k, size) < worseAlone
}

// recount counts an alarm by what was told of it, as long as it is open.
func (a *Alarms) recount(l *life, open bool) {
	a.uncount(l)
	if open && l.told.Source.Addr.IsValid() {
		a.count(l, sized{a.kindOf(&l.told), sizeOf(&l.told)})
	}
}

// outgrow counts an alarm as larger, when its scan is by now.
func (a *Alarms) outgrow(l *life, s *klaxon.Scan) {
	as := l.counted
	if as == (sized{}) || sizeOf(s) <= as.size {
		return
	}
	a.uncount(l)
	a.count(l, sized{as.kind, sizeOf(s)})
}

func (a *Alarms) count(l *life, as sized) {
	l.counted = as
	a.census[as]++
}

func (a *Alarms) uncount(l *life) {
	if l.counted == (sized{}) {
		return
	}
	if a.census[l.counted]--; a.census[l.counted] == 0 {
		delete(a.census, l.counted)
	}
	l.counted = sized{}
}
