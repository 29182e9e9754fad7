package track

import "klaxon"

// View is what a judge sees of one source. It is valid until the next call of
// any method of the Tracker.
type View struct {
	*Source
	Index  uint32
	Notes  []Note       // its newest contacts, in no order
	Report *Report      // nil while no alarm of it is open
	OnLink klaxon.Proof // ProofOnLink when a neighbour shows one hardware address
	Behind *Source      // who scans in its name, nil for nobody
}

func (t *Tracker) view(i uint32) View {
	s := &t.sources.all[i]
	v := View{Source: s, Index: i, Behind: t.behind(s), OnLink: t.onLink(s)}
	if s.Report != 0 {
		v.Report = &t.reports.all[s.Report-1]
	}
	if s.hist != 0 {
		v.Notes = t.histories.all[s.hist-1].All()
	} else {
		v.Notes = s.first[:]
	}
	return v
}

// View returns the source at index, if it still lives the given life.
func (t *Tracker) View(index, life uint32) (View, bool) {
	if int(index) >= len(t.sources.all) || t.sources.all[index].Life != life {
		return View{}, false
	}
	return t.view(index), true
}

// OpenReport begins an exact account of a source, because an alarm of it
// opens. It returns nil when too many alarms are open.
func (t *Tracker) OpenReport(v View) *Report {
	if v.Source.Report != 0 {
		return &t.reports.all[v.Source.Report-1]
	}
	r, n := t.reports.take()
	if r == nil {
		return nil
	}
	v.Source.Report = n
	for i := range v.Notes {
		r.add(&v.Notes[i], t.hash.host(&v.Notes[i].Dst, 0))
	}
	return r
}

// CloseReport ends the account. The source begins a new life: what it did so
// far is told, and does not count again.
func (t *Tracker) CloseReport(v View) {
	if v.Source.Report != 0 {
		t.reports.give(v.Source.Report)
	}
	s := v.Source
	t.sources.life++
	*s = Source{
		Addr: s.Addr, MAC: s.MAC, V6: s.V6, Wide: s.Wide, Scope: s.Scope, Proof: s.Proof,
		First: s.Last, Last: s.Last, fresh: s.Last, salt: s.salt, pace: s.pace, Life: t.sources.life, hist: s.hist,
	}
	if s.hist != 0 {
		t.histories.all[s.hist-1].clear()
	}
}
