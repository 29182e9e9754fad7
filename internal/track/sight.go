package track

import (
	"encoding/binary"
	"math"
	"math/bits"
)

// sight estimates, for each network and for each scope, how often the answer
// to a contact that succeeds is not seen here: P(silence | success). Routing is
// often asymmetric, a mirror may carry one direction, and a fixed belief that
// answers are seen would accuse the innocent.
type sight struct {
	nets  [sightNets]seen
	scope [256]seen
}

// seen counts contacts that were answered, by whether the answer was seen, and
// has a bit for each of 32 classes of sources: those of which an answer was seen,
// and those who claim that it takes another way.
type seen struct{ both, lost, heard, claimed uint32 }

const (
	sightNets = 4096
	// priorLost and priorSize are the belief before anything was seen, and how
	// many contacts outweigh it: at 0.426 it takes 28 silences to establish.
	priorLost = 0.426
	priorSize = 8
	// sightKnown is how many answers show that those of a network are seen, and
	// claimants how many sources, and which part of those that are heard, must claim
	// that theirs are not before any of them is believed.
	sightKnown    = 8
	claimants     = 3
	claimantsPart = 4
	hearsEvery    = 4
)

func newSight() sight { return sight{} }

func (s *sight) slot(hash uint64) uint16 { return uint16(hash % sightNets) }

func (s *seen) count(lost bool) {
	if lost {
		s.lost++
	} else {
		s.both++
	}
	if s.both+s.lost > 1<<14 { // forget: routing changes
		*s = seen{both: s.both / 2, lost: s.lost / 2}
	}
}

// shared tells whether answers to many sources take another way.
func (s *seen) shared() bool {
	n := bits.OnesCount32(s.claimed)
	return n >= claimants && n*claimantsPart >= bits.OnesCount32(s.heard)
}

func (s *seen) mean(prior float64) float64 {
	return (float64(s.lost) + prior*priorSize) / (float64(s.both) + float64(s.lost) + priorSize)
}

func (s *sight) count(c *contact, scope uint8, lost bool) {
	s.nets[c.seen].count(lost)
	s.scope[scope].count(lost)
}

// hears notes that an answer to a contact was seen. Which sources are answered is
// noted for one contact in hearsEvery, for the sake of speed.
func (t *Tracker) hears(c *contact) {
	t.sight.count(c, t.scope, false)
	s := &t.sources.all[c.source]
	s.heard = true
	if c.isn%hearsEvery == 0 {
		class := classOf(&s.Addr)
		t.sight.nets[c.seen].heard |= class
		t.sight.scope[t.scope].heard |= class
	}
}

// classOf is the bit of a source. It has no key: what is found must not depend on a
// seed, and nobody gains by choosing his class.
func classOf(a *[16]byte) uint32 {
	h := binary.LittleEndian.Uint64(a[:8]) ^ binary.LittleEndian.Uint64(a[8:])
	return 1 << (h * 0x9e3779b97f4a7c15 >> 59)
}

// shared tells whether the answer to a contact may have taken another way, of which
// its source claims that it succeeded: a stranger may send the end of a conversation
// that never was behind every probe. So it takes others to whom the same happens, in
// the responder's network, or on this link if little is known of that; or a link
// that shows no answers at all.
func (s *sight) shared(c *contact, scope uint8, class uint32) bool {
	net, link := &s.nets[c.seen], &s.scope[scope]
	net.claimed |= class
	link.claimed |= class
	return link.both == 0 || net.shared() || net.both < sightKnown && link.shared()
}

// claimed takes a source's claim that a contact succeeded whose answers were not
// seen. One that shares it with nobody is believed as long as none of its contacts
// was answered in sight, as with a host that hears by another link than it speaks;
// but it says nothing of others.
func (t *Tracker) claimed(c *contact, target *[16]byte) {
	switch s := &t.sources.all[c.source]; {
	case t.sight.shared(c, t.scope, classOf(&s.Addr)):
		t.seenLost(c, target)
	case s.heard:
		return
	}
	c.bits |= bitLost
	t.settle(c, Success)
}

// lost is P(silence | success) for the responder's network.
func (s *sight) lost(c *contact, scope uint8) float64 {
	return s.nets[c.seen].mean(s.scope[scope].mean(priorLost))
}

// silence is the weight of no answer: ln of its likelihood ratio, with θ1 = 0.2
// for a scanner and θ0 = 0.8 for anybody else, and q the chance that the answer
// to a success is not seen.
func (t *Tracker) silence(c *contact, o odds) Weight {
	if c.bits&bitMute != 0 {
		return 0
	}
	if c.method == MethodUDP && c.bits&bitAgain != 0 {
		if t.elsewhere(&t.sources.all[c.source], c) >= freeSilent {
			return weightFailure
		}
		return weightSameHost
	}
	if c.method == MethodARP || c.method == MethodND {
		return t.unresolved(c, o)
	}
	if c.bits&bitEcho != 0 || !o.heard || t.cfg.OneWay {
		return o.silent
	}
	q := t.sight.lost(c, t.sources.all[c.source].Scope)
	q += (1 - q) * t.dropped
	return Weight(math.Round(float64(o.silent) * math.Log((.8+.2*q)/(.2+.8*q)) / math.Log(4)))
}

// seenBoth notes that the answer to a contact was seen. from is the target, nil
// when somebody else answered in its place.
func (t *Tracker) seenBoth(c *contact, from *[16]byte) {
	if c.bits&bitLost != 0 {
		t.sources.all[c.source].heard = true // whatever it claimed
	}
	if c.bits&(bitBoth|bitLost) == 0 {
		c.bits |= bitBoth
		t.hears(c)
		t.covered(from, coveredBoth)
		if from != nil {
			t.lives.see(from, t.now)
		}
	}
}

// answeredAfterAll tells whether a refusal is the answer to a contact of which its
// source claimed before that it succeeded.
func (c *contact) answeredAfterAll() bool {
	return c.outcome == Success && c.bits&(bitLost|bitAnswered) == bitLost
}

// seenLost notes that a contact succeeded though no answer was seen.
func (t *Tracker) seenLost(c *contact, target *[16]byte) {
	if c.bits&(bitBoth|bitLost) == 0 {
		c.bits |= bitLost
		t.sight.count(c, t.scope, true)
		t.covered(target, coveredLost)
	}
}
