package chain

import (
	"cmp"
	"maps"
	"slices"
	"time"
)

// Verifier holds the records of a chain against their hashes and against
// anchors. Give it the anchors, then Begin, then each record in order, then
// Finish. Use NewVerifier.
type Verifier struct {
	report  Report
	anchors []Anchor // of this store
	others  map[string]Anchor
	next    int             // of anchors
	good    Head            // of the newest anchor that fitted
	apart   bool            // an anchor did not fit: none after it can
	prev    Head            // the record before, as stored
	signed  bool            // what was pruned is signed off, or nothing was
	said    map[Hash]uint64 // announcements of prunes: where, by the hash there
	by      uint64          // the record that signed off what was pruned
}

// NewVerifier returns a Verifier of a store's chain.
func NewVerifier(store string) *Verifier {
	return &Verifier{report: Report{Store: store}, others: make(map[string]Anchor), said: make(map[Hash]uint64)}
}

// Anchor adds an anchor; those of other stores are told apart.
func (v *Verifier) Anchor(a Anchor) {
	switch old, known := v.others[a.Store]; {
	case a.Store != v.report.Store:
		if (known || len(v.others) < maxStores) && a.Seq >= old.Seq {
			v.others[a.Store] = a
		}
	case a.Pruned:
		if len(v.said) < MaxAnchors {
			v.said[a.Hash] = a.Seq
		}
	case len(v.anchors) >= MaxAnchors:
		v.report.Unread++
	default:
		v.anchors = append(v.anchors, a)
	}
}

// Begin says which record was the last to be pruned, as the newest prune record
// claims; the zero Head when there is none.
func (v *Verifier) Begin(base Head) {
	slices.SortStableFunc(v.anchors, func(a, b Anchor) int { return cmp.Compare(a.Seq, b.Seq) })
	if base.Seq == 0 {
		base, v.signed = Genesis(v.report.Store), true
	}
	v.report.Base, v.prev, v.good = base, base, base
	for ; v.next < len(v.anchors) && v.anchors[v.next].Seq <= base.Seq; v.next++ {
		if v.anchors[v.next].Seq < base.Seq {
			v.report.Below++
			continue
		}
		v.compare(v.anchors[v.next], base)
	}
}

// Record takes the next record as it is stored. prune tells that it is a prune
// record.
func (v *Verifier) Record(seq uint64, line []byte, hash Hash, at time.Time, prune bool) {
	if seq != v.prev.Seq+1 {
		v.gap(seq)
	} else if want := v.prev.Next(line, at); want.Hash != hash {
		v.report.fault(FaultChanged, seq, seq, "record %d was changed, or stands in another's place: it is not what its hash was made of", seq)
	}
	v.prev = Head{seq, hash, at}
	v.report.Records++
	if prune {
		v.prune(seq, line)
	}
	for ; v.next < len(v.anchors) && v.anchors[v.next].Seq <= seq; v.next++ {
		if v.anchors[v.next].Seq == seq { // else in a gap, which is told
			v.compare(v.anchors[v.next], v.prev)
		}
	}
}

func (v *Verifier) gap(seq uint64) {
	if seq <= v.prev.Seq {
		v.report.fault(FaultChanged, seq, seq, "record %d comes after record %d", seq, v.prev.Seq)
		return
	}
	v.report.fault(FaultMissing, v.prev.Seq+1, seq-1, "records %d to %d are missing", v.prev.Seq+1, seq-1)
}

// Changed notes what a store found of a record beside the chain, such as a column
// that repeats part of it.
func (v *Verifier) Changed(seq uint64, what string) {
	v.report.fault(FaultChanged, seq, seq, "record %d was changed: %s", seq, what)
}

// Damaged notes what a store found of its file beside the records.
func (v *Verifier) Damaged(what string) {
	v.report.fault(FaultDamaged, 0, 0, "the file is damaged: %.200s", what)
}

// prune notes that what is gone was signed off.
func (v *Verifier) prune(seq uint64, line []byte) {
	p, err := ParsePrune(line)
	switch {
	case err != nil:
		v.report.fault(FaultChanged, seq, seq, "record %d: %v", seq, err)
	case p.Through >= seq || p.Through > v.report.Base.Seq:
		v.report.fault(FaultUnsigned, seq, seq, "record %d signs off records up to %d, which are still there", seq, p.Through)
	case p.Through == v.report.Base.Seq && p.Hash == v.report.Base.Hash:
		v.signed, v.by = true, seq
		v.report.Pruned = p
	}
}

func (v *Verifier) compare(a Anchor, h Head) {
	v.report.Anchors++
	if a.Seq >= v.report.LastAnchor.Seq {
		v.report.LastAnchor = a
	}
	switch {
	case v.apart:
	case a.Hash == h.Hash:
		v.good = h
	default:
		v.apart = true
		v.report.fault(FaultAnchor, min(v.good.Seq+1, a.Seq), a.Seq, "of the records %d to %d at least one was changed after %s, and the chain made anew: the anchor of that time has another hash for record %d",
			min(v.good.Seq+1, a.Seq), a.Seq, a.Time.UTC().Format(time.RFC3339), a.Seq)
	}
}

// Finish says what was found. The Verifier is of no more use.
func (v *Verifier) Finish() Report {
	v.report.Head = v.prev
	if !v.signed {
		v.report.fault(FaultUnsigned, 1, v.report.Base.Seq, "records 1 to %d are gone, and no record signs that off", v.report.Base.Seq)
	}
	if v.next < len(v.anchors) {
		last := v.anchors[len(v.anchors)-1]
		v.report.LastAnchor = last
		v.report.fault(FaultTruncated, v.prev.Seq+1, last.Seq, "records %d to %d are missing: the chain had them at %s, as an anchor says",
			v.prev.Seq+1, last.Seq, last.Time.UTC().Format(time.RFC3339))
	}
	v.unannounced()
	v.replaced()
	return v.report
}

// unannounced tells of a prune that the log knows nothing of, though it has anchors
// from before it and from after it: whoever writes the file can sign off anything.
func (v *Verifier) unannounced() {
	base := v.report.Base
	if v.report.Below == 0 || v.by == 0 || len(v.anchors) == 0 || v.anchors[len(v.anchors)-1].Seq < v.by {
		return
	}
	if seq, ok := v.said[base.Hash]; !ok || seq != base.Seq {
		v.report.fault(FaultUnsigned, 1, base.Seq, "records 1 to %d are gone, and no line of the log announces that: record %d, which signs it off, was not klaxond's", base.Seq, v.by)
	}
}

// replaced tells of stores that were anchored and are not this one: a file that
// was put aside or deleted leaves its anchors.
func (v *Verifier) replaced() {
	for _, store := range slices.Sorted(maps.Keys(v.others)) {
		a := v.others[store]
		v.report.fault(FaultReplaced, 1, a.Seq, "anchors name another store, %s, with %d records until %s: this file took its place",
			a.Store, a.Seq, a.Time.UTC().Format(time.RFC3339))
	}
}
