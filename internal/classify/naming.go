package classify

import (
	"slices"

	"klaxon"
	"klaxon/internal/track"
)

// naming finds the techniques that are evidence. What shows once is left out
// when something else shows often: a scan of IP protocols has its ACK and its
// datagram, too.
type naming struct {
	often, once []klaxon.Technique
	counts      [track.MethodNone]methodCount
}

func (n *naming) reset() { n.often, n.once = n.often[:0], n.once[:0] }

func (n *naming) list() []klaxon.Technique {
	if len(n.often) == 0 {
		return n.once
	}
	return n.often
}

// of adds the techniques of a source: those whose contacts have weight, or share
// what established the scan; what else it did when there is none.
func (n *naming) of(v track.View) {
	var shares uint32
	if r := decidedBy(&v.Keys); r != nil {
		shares = r.Methods
	}
	n.sharing(v, shares, 3)
	if len(n.list()) == 0 {
		n.sharing(v, ^uint32(0), 1)
	}
}

// sharing adds the techniques whose contacts have weight, and of the methods in
// shares those with so many contacts.
func (n *naming) sharing(v track.View, shares uint32, least int) {
	n.count(v.Notes, false)
	for m := range track.MethodNone {
		c, made := &n.counts[m], int(v.Counts[m])
		weighs := c.positive > 0 || v.Often&(1<<m) != 0
		if !weighs && (made < least || shares&(1<<m) == 0) || neighbours(m) && v.Link < track.Threshold && v.Tuples > 0 {
			continue
		}
		to := &n.once
		if made > 1 {
			to = &n.often
		}
		c.name(to, m)
	}
	if v.Keys.OSDecided() {
		add(&n.often, klaxon.OSProbe)
	}
	if v.Whole {
		add(&n.often, klaxon.Connect)
	}
	if v.Returned > 0 {
		add(&n.often, klaxon.Version)
	}
}

// traps adds to a list the techniques by which a source touched traps. There each
// counts, though it shows once: nobody has a use for any.
func (n *naming) traps(list *[]klaxon.Technique, v track.View) {
	n.count(v.Notes, true)
	for m := range track.MethodNone {
		if c := &n.counts[m]; c.n > 0 {
			c.name(list, m)
		}
	}
	if v.Half {
		add(list, klaxon.Syn)
	}
}

func add(list *[]klaxon.Technique, t klaxon.Technique) {
	if !slices.Contains(*list, t) {
		*list = append(*list, t)
	}
}

// methodCount sums up the notes of a method.
type methodCount struct {
	n           int
	positive    int  // of these, how many are evidence
	waits       bool // some are of traps, and no connection as far as is known yet
	half, whole bool // some are of a raw packet, or were reset; some are evidence, and are not
}

// name adds what a method is called, for what was done by it.
func (c *methodCount) name(to *[]klaxon.Technique, m track.Method) {
	half := c.half || c.waits && !c.whole
	if half || m != track.MethodSyn {
		add(to, nameOf(m, true))
	}
	if m == track.MethodSyn && (c.whole || c.n > 0 && !half) {
		add(to, nameOf(m, false))
	}
}

func (n *naming) count(notes []track.Note, traps bool) {
	n.counts = [track.MethodNone]methodCount{}
	for i := range notes {
		o := &notes[i]
		if o.OS || traps && !o.Trap {
			continue
		}
		c := &n.counts[o.Method]
		c.n++
		if o.Weight > 0 {
			c.positive++
		}
		if o.Raw || o.Outcome == track.HalfOpen {
			c.half = true
		} else if o.Trap && (o.Outcome == track.Pending || o.Outcome == track.Open) {
			c.waits = true
		} else if o.Weight > 0 {
			c.whole = true
		}
	}
}

// neighbours tells the methods that a host uses on its own link before any other:
// they are a technique when they establish a scan by themselves, or there is
// nothing else.
func neighbours(m track.Method) bool { return m == track.MethodARP || m == track.MethodND }
