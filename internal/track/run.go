package track

import "klaxon/internal/decode"

// RunKey returns what all packets of one run of a tool share and no other run
// has, such as a constant sequence number with its source port; false when p
// shows none. Package classify registers them.
type RunKey func(p *decode.Packet, m Method) (uint64, bool)

// Run is one process of a tool that sends from several addresses: some may be
// forged (decoys, which probe the same services at the same time), or all may
// be its own. The zero value is a free one.
type Run struct {
	Life    uint32 // changes when the record is given to another run
	First   int64  // ns
	Last    int64
	Members []Member // the first membersMax
	Total   int      // sources, those beyond the list included
	Probes  uint32   // contacts
	Twins   uint32   // contacts with the service that another member probed right before
	Open    bool     // an alarm of it is open
	Report  *Report  // valid while Open, nil when none was free

	report int32
	tuples [runTuples]uint32 // of the first contacts, to count distinct ones
	next   uint32            // value of Total or Probes at which it is to be judged again
}

// Member is a source of a run.
type Member struct {
	Index, Life uint32 // of its record
	Addr        [16]byte
	V6          bool
}

const runTuples = 16

// Distinct is how many services of how many hosts were probed together, counted
// up to 16.
func (r *Run) Distinct() (n int) {
	for n < runTuples && r.tuples[n] != 0 {
		n++
	}
	return n
}

// runs knows the keys seen of late, and the runs that have several sources.
type runs struct {
	keys []runKey
	sets setCount
	all  [runsMax]Run
	life uint32
}

// runKey is a key and who had it last.
type runKey struct {
	key          uint64
	source, life uint32
	tuple        uint32
	run          uint16 // index + 1, 0 for none
	at           uint32 // seconds
	repeated     bool   // it was seen with a second tuple: it is a tool's
	runLife      uint32
}

func newRuns() runs {
	r := runs{keys: make([]runKey, runKeysMax), sets: setCount(runKeysMax / ways)}
	members := make([]Member, runsMax*membersMax)
	for i := range r.all {
		r.all[i].Members = members[i*membersMax:][:0:membersMax]
	}
	return r
}

// take finds the entry of a key, or makes one of the least of its set: one that
// was seen once before one that came again, and the oldest of those.
func (r *runs) take(key uint64) *runKey {
	set := r.keys[r.sets.of(key):][:ways]
	best := &set[0]
	for i := range set {
		e := &set[i]
		if e.key == key {
			return e
		}
		if e.repeated != best.repeated && best.repeated || e.repeated == best.repeated && e.at < best.at {
			best = e
		}
	}
	*best = runKey{key: key}
	return best
}

// runOf looks for the run that the first packet of a new contact is of.
func (t *Tracker) runOf(s *Source, c *contact, p *decode.Packet, m Method) {
	tuple := uint32(t.hash.mix(t.hash.addr(&p.Dst, t.scope), uint64(p.DstPort))) | 1
	twin := false
	for i, f := range t.rows.Runs {
		key, ok := f(p, m)
		if !ok {
			continue
		}
		e := t.runs.take(t.hash.mix(key, uint64(i)))
		known := e.life != 0
		if known && e.source != c.source {
			t.joinRun(e, s, c)
			twin = twin || e.tuple == tuple
		}
		e.repeated = e.repeated || known && e.tuple != tuple
		e.source, e.life, e.tuple, e.at = c.source, s.Life, tuple, c.at
	}
	if r := t.running(s); r != nil {
		t.countRun(r, s, c, tuple, twin)
	}
}

// joinRun adds the source of a contact to the run of another source that has the
// same key.
func (t *Tracker) joinRun(e *runKey, s *Source, c *contact) {
	first := &t.sources.all[e.source]
	if first.Life != e.life {
		first = nil
	}
	if first != nil && first.Addr == s.Addr {
		return // one address, on two interfaces or with two hardware addresses
	}
	r := t.runs.live(e)
	if r == nil && first != nil {
		r = t.adopt(e, first)
	}
	if r == nil {
		r = t.adopt(e, s)
	}
	if r == nil {
		r = t.beginRun(e)
		r.tuples[0], r.Probes = e.tuple, 1
	}
	if first != nil {
		t.member(r, e, first, e.source)
	}
	t.member(r, e, s, c.source)
}

// adopt makes a key that of the run its source is part of already, by another
// key.
func (t *Tracker) adopt(e *runKey, s *Source) *Run {
	r := t.running(s)
	if r != nil {
		e.run, e.runLife = s.run, s.runLife
	}
	return r
}

// member makes a source part of the run of a key, unless it is part of one.
func (t *Tracker) member(r *Run, e *runKey, s *Source, index uint32) {
	if t.running(s) != nil {
		return
	}
	s.run, s.runLife = e.run, e.runLife
	r.add(s, index)
	t.mark(s, index)
}

// live returns the run of a key, if it has one still.
func (r *runs) live(e *runKey) *Run {
	if e.run == 0 || r.all[e.run-1].Life != e.runLife {
		return nil
	}
	return &r.all[e.run-1]
}

// beginRun takes the record that has been quiet for longest and has no alarm.
func (t *Tracker) beginRun(e *runKey) *Run {
	r, best := &t.runs, 0
	for i := range r.all {
		if a, b := &r.all[i], &r.all[best]; a.Open != b.Open && b.Open || a.Open == b.Open && a.Last < b.Last {
			best = i
		}
	}
	r.life++
	x := &r.all[best]
	if x.report != 0 {
		t.reports.give(x.report)
	}
	*x = Run{Life: r.life, First: t.now, Last: t.now, Members: x.Members[:0], next: runDistinct}
	e.run, e.runLife = uint16(best)+1, r.life
	return x
}

func (r *Run) add(s *Source, index uint32) {
	r.Total++
	r.First = min(r.First, s.First)
	if len(r.Members) < membersMax {
		r.Members = append(r.Members, Member{Index: index, Life: s.Life, Addr: s.Addr, V6: s.V6})
	}
}

// countRun counts a contact of a run, and asks for a judgement when it has grown.
func (t *Tracker) countRun(r *Run, s *Source, c *contact, tuple uint32, twin bool) {
	r.Last = t.now
	r.Probes++
	if twin {
		r.Twins++
	}
	for i := range r.tuples {
		if r.tuples[i] == tuple {
			break
		}
		if r.tuples[i] == 0 {
			r.tuples[i] = tuple
			break
		}
	}
	if r.Probes >= r.next {
		r.next = r.Probes + r.Probes/8 + 1
		t.mark(s, c.source)
	}
}

// RunOf returns the run that a source is part of, and its number; nil for none.
func (t *Tracker) RunOf(v View) (*Run, uint32) {
	if r := t.running(v.Source); r != nil {
		return r, uint32(v.run) - 1
	}
	return nil, 0
}

// running returns the run of a source; nil when it has none, or none any more.
func (t *Tracker) running(s *Source) *Run {
	if s.run == 0 || t.runs.all[s.run-1].Life != s.runLife {
		return nil
	}
	return &t.runs.all[s.run-1]
}

// Run returns the run of a number, if it still lives the given life.
func (t *Tracker) Run(number, life uint32) *Run {
	if number >= runsMax || t.runs.all[number].Life != life {
		return nil
	}
	return &t.runs.all[number]
}

// OpenRun begins an exact account of a run, because an alarm of it opens.
func (t *Tracker) OpenRun(r *Run) {
	if r.Open {
		return
	}
	r.Open = true
	r.Report, r.report = t.reports.take()
	for _, m := range r.Members {
		v, ok := t.View(m.Index, m.Life)
		if !ok || r.Report == nil {
			continue
		}
		for i := range v.Notes {
			r.Report.add(&v.Notes[i], t.hash.host(&v.Notes[i].Dst, 0))
		}
	}
}

// CloseRun ends the account. Its sources begin a new life.
func (t *Tracker) CloseRun(r *Run) {
	if r.report != 0 {
		t.reports.give(r.report)
	}
	for _, m := range r.Members {
		if v, ok := t.View(m.Index, m.Life); ok {
			t.CloseReport(v)
		}
	}
	*r = Run{Members: r.Members[:0]}
}
