package classify

import (
	"net/netip"

	"klaxon"
	"klaxon/internal/track"
)

// Verdict is what was judged of a source.
type Verdict struct {
	Confidence klaxon.Confidence
	Scan       bool   // it scans; false with Suspect when there is some evidence
	Innocent   bool   // it proved to be a poller: an open alarm is to be retracted
	Later      bool   // it is to be judged again after PollerWait
	Why        string // "" when Describe is to say it, which is done for those alone that are told
	why        reason
}

// reason is what a verdict without words goes by.
type reason uint8

const (
	byWords    reason = iota // Why says it
	byKeys                   // a relation between packets
	byOutcomes               // what became of the contacts
)

// PollerWait is how long a source that only ever reached open services has to
// come back to them, in nanoseconds: health checks do so within 90 s.
const PollerWait = 90e9

// Judge judges sources. Its zero value is ready; it belongs to one goroutine.
type Judge struct {
	spread     spread // both are used anew for each source, to spare allocations
	techniques naming
	target     [1]netip.Addr // of a Glimpse
	campaigns  campaigns
	wants      [][]Want
	now        int64 // of the newest verdict
}

// Verdict weighs the evidence of one source at a time in nanoseconds.
func (j *Judge) Verdict(v track.View, now int64) Verdict {
	j.now = now
	if v.Keys.Decided() {
		return established(v, byKeys)
	}
	s := &j.spread
	s.reset(v.Notes)
	if poller(v, s) {
		return Verdict{Innocent: true, Why: "it comes back to the same services again and again"}
	}
	score := score(v, s)
	switch {
	case score < track.Suspicion:
		return Verdict{}
	case score < track.Threshold:
		return Verdict{Scan: true, why: byOutcomes}
	case s.answered == s.positive && s.services.n <= 2 && now-v.First < PollerWait:
		return Verdict{Later: true}
	}
	return established(v, byOutcomes)
}

func established(v track.View, why reason) Verdict {
	c := klaxon.Established
	if v.Proof >= klaxon.ProofHandshake {
		c = klaxon.Proven
	}
	return Verdict{Scan: true, Confidence: c, why: why}
}

// poller tells a source whose contacts nearly all came back at a steady pace:
// whatever its stack, it learns nothing new. One that fails with many services
// of a host has no use for them, and is none; one that fails with many hosts is a
// scanner who looks several times, until he has come back too often for that. That
// goes for all that fails, too, of which the notes show the newest part. Who polls
// one trap has a wrong address; nobody has two.
func poller(v track.View, s *spread) bool {
	const illegalMethods = 1<<track.MethodFin | 1<<track.MethodNull | 1<<track.MethodXmas
	if v.Methods&illegalMethods != 0 || v.Tuples == 0 || v.Traps > 1 || v.Paced*4 < 3*v.Tuples || s.hosts.mostFailing() >= failingMany {
		return false
	}
	return max(s.services.mostFailing(), int(v.Failed)) < failingHosts || v.Repeats >= roundsMany*v.Tuples
}
