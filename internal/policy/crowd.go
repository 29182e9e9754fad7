package policy

import (
	"net/netip"
	"slices"
	"strconv"

	"klaxon"
)

// crowd is what sources that did not prove their addresses do at one victim. The
// first few are told each by itself. When there are more within crowdWindow, all
// become one alarm, for whoever forges one address can forge a hundred thousand.
// One that proves itself is told by itself all the same.
type crowd struct {
	victim netip.Prefix
	touch  bool  // single touches are a crowd of their own
	last   int64 // ns
	alone  []alone
	life   uint32      // of its alarm; 0 as long as it has none
	scan   klaxon.Scan // of all of them; without names, marks and reason
	named  named
	held   []Key // those of alone whose alarms it took over: they are not over yet
}

// alone is a source of a crowd that was told by itself.
type alone struct {
	key  Key
	addr netip.Addr
	at   int64 // ns
}

// tell makes room for a source among those that are told by themselves, unless
// there are enough of late. One that comes again takes its own place.
func (c *crowd) tell(k Key, addr netip.Addr, now int64) bool {
	c.alone = slices.DeleteFunc(c.alone, func(x alone) bool { return x.addr == addr || x.at < now-int64(crowdWindow) })
	if len(c.alone) >= c.room() {
		return false
	}
	c.alone = append(c.alone, alone{k, addr, now})
	return true
}

// has tells whether a source is one of those that were told by themselves.
func (c *crowd) has(addr netip.Addr) bool {
	return slices.ContainsFunc(c.alone, func(x alone) bool { return x.addr == addr })
}

type crowds struct {
	all     []crowd
	wide    wide
	kinds   []ofKind
	lives   uint32
	joined  members // of all and wide
	crammed members // of kinds
}

// members are the sources in crowds, by the index of a source's record.
type members []joined

// joined says which crowd a source is counted in, and with how many probes.
type joined struct{ life, crowd, probes uint32 }

// Join takes a scan that was judged of a source which did not prove its address
// and has no alarm. It tells whether the source is one of a crowd, which is told
// in its place.
func (a *Alarms) Join(k Key, s *klaxon.Scan, now int64) bool {
	if s.Confidence < a.cfg.Floor || a.list.knows(&s.Source, a.wall(now)) {
		return false
	}
	c, n := a.crowds.of(s, now)
	if c == nil {
		return a.joinWide(k, s, now)
	}
	before := c.last
	c.last = now
	switch {
	case c.life != 0 && now-before < int64(crowdWindow):
	case c.life == 0 && a.crowds.wide.busy(now) && !c.has(s.Source.Addr):
		return a.joinWide(k, s, now)
	case c.tell(k, s.Source.Addr, now):
		a.crowds.wide.tell(now)
		return false
	case c.life == 0:
		s = kept(s) // the descriptions of the others may take the place of its lists
		a.gather(c, n, now)
	}
	a.crowds.joined.count(c, k, s)
	sketch := c.sketch()
	a.Judge(c.key(n), &sketch, now)
	return true
}

// kept is a scan with lists of its own.
func kept(s *klaxon.Scan) *klaxon.Scan {
	own := *s
	own.Techniques, own.Marks, own.Targets.Dst = slices.Clone(s.Techniques), slices.Clone(s.Marks), slices.Clone(s.Targets.Dst)
	return &own
}

// Joined tells whether a source was counted in a crowd, as a scanner.
func (a *Alarms) Joined(k Key) bool {
	return int(k.Index) < len(a.crowds.joined) && a.crowds.joined[k.Index].life == k.Life
}

// Told tells whether an alarm is open of a source, or of a crowd that it is counted
// in, whose alarm it names.
func (a *Alarms) Told(k Key) (told bool, crowd string) {
	if a.Open(k) {
		return true, ""
	}
	for open, l := range a.open {
		if open.Kind != OfCrowd {
			continue
		}
		m := a.crowds.joined
		if isKind(open.Index) {
			m = a.crowds.crammed
		}
		if int(k.Index) < len(m) && m[k.Index].life == k.Life && m[k.Index].crowd == open.Life {
			return true, l.id
		}
	}
	return false, ""
}

// gather makes an alarm of a crowd of those of its sources that did not prove
// themselves since: it goes on with the first, and ends the others.
func (a *Alarms) gather(c *crowd, n int, now int64) {
	a.crowds.lives++
	c.life = a.crowds.lives
	for _, x := range c.alone {
		l, s := a.open[x.key], klaxon.Scan{}
		if l != nil {
			s = a.current(x.key, l, now)
		}
		if l == nil || s.Proof != klaxon.ProofNone {
			continue
		}
		a.crowds.joined.count(c, x.key, &s)
		delete(a.open, x.key)
		if len(c.held) == 0 {
			a.open[c.key(n)] = l
		} else {
			a.emit(x.key, l, klaxon.EventClose, s, now)
		}
		c.held = append(c.held, x.key)
	}
}

// tellProven tells by themselves those sources of a crowd whose alarms it took
// over and who proved to be real.
func (a *Alarms) tellProven(k Key, now int64) {
	if k.Kind != OfCrowd {
		return
	}
	for _, h := range a.crowds.at(k.Index).held {
		if s, ok := a.cfg.Describe(h); ok && s.Proof != klaxon.ProofNone && a.open[h] == nil {
			s.Confidence = max(s.Confidence, klaxon.Proven)
			a.Judge(h, &s, now)
		}
	}
}

// disperse ends a crowd, and what it held.
func (a *Alarms) disperse(k Key) {
	c := a.crowds.at(k.Index)
	held := c.held
	*c = crowd{}
	for _, h := range held {
		if a.open[h] == nil {
			a.cfg.Ended(h)
		}
	}
}

// describe is what is known of an alarm's scan.
func (a *Alarms) describe(k Key) (klaxon.Scan, bool) {
	if k.Kind != OfCrowd {
		return a.cfg.Describe(k)
	}
	s := a.crowds.sketch(k.Index)
	s.Sources, s.Techniques, s.Marks = a.crowds.at(k.Index).named.addrs(), slices.Clone(s.Techniques), slices.Clone(s.Marks)
	s.Why = a.crowds.why(k.Index, s.SourcesTotal)
	return s, true
}

// at is the crowd of a number.
func (w *crowds) at(index uint32) *crowd {
	switch {
	case index == wideIndex:
		return &w.wide.crowd
	case isKind(index):
		return &w.kinds[index-kindIndex].crowd
	}
	return &w.all[index]
}

// sketch is the scan of a crowd of a number. Its lists are the crowd's.
func (w *crowds) sketch(index uint32) klaxon.Scan {
	if isKind(index) {
		return w.kinds[index-kindIndex].scan
	}
	return w.at(index).sketch()
}

// why is the reason for the alarm of a crowd of so many.
func (w *crowds) why(index uint32, sources int) string {
	n := strconv.Itoa(sources) + " sources did the same "
	switch {
	case !isKind(index):
		return n + "within minutes, and none of them proved its address: most may be forged"
	case sources < 2:
		return "as many alarms are open as there may be: whoever does the same from now on is told together, and what each of them touched is in the records"
	}
	return n + "while as many alarms were open as there may be: they are told together, and what each of them touched is in the records"
}

// of finds the crowd at the victim of a scan, and its number. A new one takes
// the place of the one that was heard of last of all; there is none when all have
// alarms.
func (w *crowds) of(s *klaxon.Scan, now int64) (*crowd, int) {
	victim, touch := victimOf(s), s.Shape == klaxon.ShapeTouch
	best := -1
	for i := range w.all {
		c := &w.all[i]
		if c.victim == victim && c.touch == touch {
			return c, i
		}
		if c.life == 0 && (best < 0 || c.last < w.all[best].last) {
			best = i
		}
	}
	if len(w.all) < crowdsMax && (best < 0 || w.all[best].last >= now-int64(crowdWindow)) {
		w.all = append(w.all, crowd{})
		best = len(w.all) - 1
	}
	if best < 0 {
		return nil, 0
	}
	w.all[best] = crowd{victim: victim, touch: touch}
	return &w.all[best], best
}

// victimOf is the host a scan is aimed at, or the network when it is several. A
// stranger may give every host of it other scanners, but not every network.
func victimOf(s *klaxon.Scan) netip.Prefix {
	if len(s.Targets.Dst) == 0 {
		return netip.Prefix{}
	}
	host := s.Targets.Dst[0].Unmap()
	bits := host.BitLen()
	switch {
	case s.Targets.Hosts < 2:
	case host.Is4():
		bits = 24
	default:
		bits = 64
	}
	p, _ := host.Prefix(bits)
	return p
}

// count adds what is new of a source to a crowd.
func (m *members) count(c *crowd, k Key, s *klaxon.Scan) {
	if n := int(k.Index) + 1 - len(*m); n > 0 {
		*m = append(*m, make(members, n)...)
	}
	j := &(*m)[k.Index]
	if j.life != k.Life || j.crowd != c.life {
		*j = joined{life: k.Life, crowd: c.life}
		c.add(s)
	}
	c.scan.Probes += s.Probes - min(s.Probes, uint64(j.probes))
	j.probes = uint32(s.Probes)
	c.named.note(s.Source.Addr, s.Probes)
	t := &c.scan.Targets
	t.Hosts, t.Services, t.More = max(t.Hosts, s.Targets.Hosts), max(t.Services, s.Targets.Services), true
	if s.Last.After(c.scan.Last) {
		c.scan.Last = s.Last
	}
	if adds(c.scan.Techniques, s.Techniques) {
		c.scan.Techniques = union(c.scan.Techniques, s.Techniques)
	}
}

// add counts a source.
func (c *crowd) add(s *klaxon.Scan) {
	all := &c.scan
	if all.SourcesTotal == 0 {
		*all = *s
		all.Source, all.Techniques, all.Probes = klaxon.Endpoint{}, slices.Clone(s.Techniques), 0
		all.Targets.Dst = slices.Clone(s.Targets.Dst)
	}
	all.SourcesTotal++
	if s.First.Before(all.First) {
		all.First = s.First
	}
	if s.Tool.Name != all.Tool.Name {
		all.Tool = klaxon.Tool{}
	}
}

// sketch is the scan of all of them, without words. Its lists are the crowd's.
func (c *crowd) sketch() klaxon.Scan {
	s := c.scan
	s.Marks, s.Proof, s.Confidence = crowdMarks[:], klaxon.ProofNone, klaxon.Established
	s.Why = ""
	return s
}

// crowdMarks are those of every crowd; who adds to them takes a list of his own.
var crowdMarks = [...]klaxon.Mark{klaxon.MarkSpoofedMaybe}

func (c *crowd) key(n int) Key { return Key{Kind: OfCrowd, Index: uint32(n), Life: c.life} }

// room is how many of it are told by themselves.
func (c *crowd) room() int {
	if c.touch {
		return crowdTouches
	}
	return crowdAlone
}
