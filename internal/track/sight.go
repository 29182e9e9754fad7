package track

import "math"

// sight estimates, for each network and for each scope, how often the answer
// to a contact that succeeds is not seen here: P(silence | success). Routing is
// often asymmetric, a mirror may carry one direction, and a fixed belief that
// answers are seen would accuse the innocent.
type sight struct {
	nets  [sightNets]seen
	scope [256]seen
}

// seen counts contacts that were answered, by whether the answer was seen.
type seen struct{ both, lost uint32 }

const (
	sightNets = 4096
	// priorLost and priorSize are the belief before anything was seen, and how
	// many contacts outweigh it: at 0.426 it takes 28 silences to establish.
	priorLost = 0.426
	priorSize = 8
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
		s.both, s.lost = s.both/2, s.lost/2
	}
}

func (s *seen) mean(prior float64) float64 {
	return (float64(s.lost) + prior*priorSize) / (float64(s.both) + float64(s.lost) + priorSize)
}

func (s *sight) count(c *contact, scope uint8, lost bool) {
	s.nets[c.seen].count(lost)
	s.scope[scope].count(lost)
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
	if c.bits&(bitBoth|bitLost) == 0 {
		c.bits |= bitBoth
		t.sight.count(c, t.scope, false)
		t.covered(from, coveredBoth)
		if from != nil {
			t.lives.see(from, t.now)
		}
	}
}

// seenLost notes that a contact succeeded though no answer was seen.
func (t *Tracker) seenLost(c *contact, target *[16]byte) {
	if c.bits&(bitBoth|bitLost) == 0 {
		c.bits |= bitLost
		t.sight.count(c, t.scope, true)
		t.covered(target, coveredLost)
	}
}
