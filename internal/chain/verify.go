package chain

import (
	"maps"
	"slices"
	"time"
)

// Verifier holds the chains of a store against their hashes and against anchors.
// Give it the anchors, then have each Chain walked, then Finish. Use NewVerifier.
type Verifier struct {
	report Report
	walks  map[Name]*Walk
	others map[string]*foreign
	ends   [3]uint64 // see Ends
}

// foreign is what anchors say of a store that is not the one at hand.
type foreign struct {
	count int
	last  Anchor // the one with the highest place
}

// NewVerifier returns a Verifier of a store.
func NewVerifier(store string) *Verifier {
	v := &Verifier{
		report: Report{V: 1, Store: store, Faults: []Fault{}},
		walks:  make(map[Name]*Walk), others: make(map[string]*foreign),
	}
	for _, name := range Names {
		v.walks[name] = &Walk{report: &v.report, part: Part{Chain: name}}
	}
	return v
}

// Anchor adds an anchor of a log.
func (v *Verifier) Anchor(a Anchor) {
	if a.Store == v.report.Store {
		v.walks[a.Chain].anchor(a)
		return
	}
	f := v.others[a.Store]
	if f == nil {
		if len(v.others) >= maxStores {
			return
		}
		f = &foreign{last: a}
		v.others[a.Store] = f
	}
	if f.count++; a.Seq > f.last.Seq {
		f.last = a
	}
}

// Live adds what a klaxond that runs says is the newest record of a chain.
func (v *Verifier) Live(a Anchor) {
	if w := v.walks[a.Chain]; w != nil && a.Store == v.report.Store {
		w.live = a.Head
	}
}

// Chain is the walk along one of the chains.
func (v *Verifier) Chain(name Name) *Walk { return v.walks[name] }

// Damaged notes what a store found of its file beside the records.
func (v *Verifier) Damaged(what string) {
	v.report.fault(FaultDamaged, "", 0, 0, "the file is damaged: %.200s", what)
}

// Ends holds the newest number of all, which the chains share, against how many records
// each ever had, by the places of their newest: together they are as many.
func (v *Verifier) Ends(number, touches, alarms uint64) { v.ends = [3]uint64{number, touches, alarms} }

// addUp tells of records that are missing before others that are there, or too many.
func (v *Verifier) addUp() {
	number, had := v.ends[0], v.ends[1]+v.ends[2]
	switch {
	case number > had:
		v.report.fault(FaultMissing, "", 0, 0, "records are missing: the newest has the number %d, and touches (%d) and all else (%d) are %d fewer", number, v.ends[1], v.ends[2], number-had)
	case number < had:
		v.report.fault(FaultChanged, "", 0, 0, "records were put in: the newest has the number %d, and touches (%d) and all else (%d) are %d more", number, v.ends[1], v.ends[2], had-number)
	}
}

// Finish says what was found. The Verifier is of no more use.
func (v *Verifier) Finish() Report {
	for _, name := range Names {
		v.walks[name].finish()
		v.report.Chains = append(v.report.Chains, v.walks[name].part)
	}
	v.addUp()                    // after what says in which chain
	for _, name := range Names { // after all that harms a record
		v.walks[name].unproven()
	}
	v.foreign()
	return v.report
}

// foreign tells of stores that were anchored and are not this one.
func (v *Verifier) foreign() {
	for _, store := range slices.Sorted(maps.Keys(v.others)) {
		f := v.others[store]
		v.report.fault(FaultForeign, "", 0, 0, "the log has anchors of another store, %s (%d, the last of %s in line %d): one that this file took the place of, one of another machine, or lines that somebody made up with logger(1); see which host and process wrote them",
			store, f.count, f.last.Time.UTC().Format(time.RFC3339), f.last.Line)
	}
}
