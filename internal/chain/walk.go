package chain

import (
	"cmp"
	"fmt"
	"slices"
	"time"
)

// Walk goes along one chain: Begin, then each record in order. A store that
// forgets records meanwhile has it Begin again.
type Walk struct {
	report  *Report
	part    Part
	anchors []Anchor
	live    Head     // what klaxond says is its newest record, if it runs
	next    int      // of anchors
	good    Head     // of the newest anchor that fitted
	apart   bool     // an anchor did not fit: none after it can
	begun   bool     // the base is known
	prev    Head     // the record before, as stored
	number  uint64   // and its number in the store
	signed  bool     // what was pruned is signed off, or nothing was
	said    []Anchor // announcements of prunes
	by      uint64   // the record that signed off what was pruned
	moved   bool     // more was pruned since the log was read
	doubt   string   // see unproven
}

func (w *Walk) anchor(a Anchor) {
	switch {
	case a.Pruned && len(w.said) < MaxAnchors:
		w.said = append(w.said, a)
	case a.Pruned || len(w.anchors) >= MaxAnchors:
		w.report.Unread++
	default:
		w.anchors = append(w.anchors, a)
	}
}

// Begin says which record was the last to be pruned, as the newest prune record
// claims; the zero Head when there is none. What was looked at before it was
// pruned stays looked at.
func (w *Walk) Begin(base Head) {
	switch {
	case !w.begun:
		slices.SortStableFunc(w.anchors, func(a, b Anchor) int { return cmp.Compare(a.Seq, b.Seq) })
		w.begun = true
		if base.Seq == 0 {
			base, w.signed = Genesis(w.report.Store, w.part.Chain), true
		}
		w.prev, w.good = base, base
	case base.Seq <= w.part.Base.Seq:
		return
	default:
		w.signed, w.moved = false, true // until its signature comes
	}
	w.part.Base = base
	if base.Seq > w.prev.Seq {
		w.prev, w.good, w.number = base, base, 0
	}
	for ; w.next < len(w.anchors) && w.anchors[w.next].Seq <= w.prev.Seq; w.next++ {
		if w.anchors[w.next].Seq < base.Seq {
			w.part.Below++
			continue
		}
		w.compare(w.anchors[w.next], base)
	}
}

// Record takes the next record as it is stored: its number in the store and its
// place in the chain. prune tells that it is a prune record.
func (w *Walk) Record(number, place uint64, line []byte, hash Hash, at time.Time, prune bool) {
	switch {
	case place != w.prev.Seq+1:
		w.gap(place)
	case w.prev.Next(number, line, at).Hash != hash || number <= w.number:
		w.fault(FaultChanged, place, place, "record %d was changed, or stands in another's place: it is not what its hash was made of", place)
	}
	w.prev, w.number = Head{place, hash, at}, number
	w.part.Records++
	if prune {
		w.prune(place, line)
	}
	for ; w.next < len(w.anchors) && w.anchors[w.next].Seq <= place; w.next++ {
		if w.anchors[w.next].Seq == place { // else in a gap, which is told
			w.compare(w.anchors[w.next], w.prev)
		}
	}
	if place == w.live.Seq && hash == w.live.Hash {
		w.part.Live = true
	}
}

func (w *Walk) gap(place uint64) {
	if place <= w.prev.Seq {
		w.fault(FaultChanged, place, place, "record %d comes after record %d", place, w.prev.Seq)
		return
	}
	w.fault(FaultMissing, w.prev.Seq+1, place-1, "records %d to %d are missing", w.prev.Seq+1, place-1)
}

// Changed notes what a store found of a record beside the chain, such as a column
// that repeats part of it.
func (w *Walk) Changed(place uint64, what string) {
	w.fault(FaultChanged, place, place, "record %d was changed: %s", place, what)
}

// Hidden notes that an index does not have a record.
func (w *Walk) Hidden(place uint64, index string) {
	w.fault(FaultDamaged, place, place, "record %d is not in the index %s: whoever asks by it is not told", place, index)
}

// prune notes that what is gone was signed off.
func (w *Walk) prune(place uint64, line []byte) {
	p, err := ParsePrune(line, w.part.Chain)
	switch {
	case err != nil:
		w.fault(FaultChanged, place, place, "record %d: %v", place, err)
	case p.Through >= place || p.Through > w.part.Base.Seq:
		w.fault(FaultUnsigned, place, place, "record %d signs off records up to %d, which are still there", place, p.Through)
	case p.Through == w.part.Base.Seq && p.Hash == w.part.Base.Hash:
		w.signed, w.by = true, place
		w.part.Pruned = p
	}
}

func (w *Walk) compare(a Anchor, h Head) {
	w.part.Anchors++
	if a.Seq >= w.part.LastAnchor.Seq {
		w.part.LastAnchor = a.Head
	}
	switch {
	case w.apart:
	case a.Hash == h.Hash:
		w.good = h
	default:
		w.apart = true
		first := min(w.good.Seq+1, a.Seq)
		w.fault(FaultAnchor, first, a.Seq, "of the records %d to %d at least one was changed after %s, and the chain made anew: the anchor of that time%s has another hash for record %d",
			first, a.Seq, a.Time.UTC().Format(time.RFC3339), inLine(a), a.Seq)
	}
}

// inLine is where an anchor stands, so that it can be seen who wrote it.
func inLine(a Anchor) string {
	if a.Line == 0 {
		return ""
	}
	return fmt.Sprintf(", line %d of the log,", a.Line)
}

func (w *Walk) finish() {
	w.part.Head = w.prev
	if !w.signed {
		w.fault(FaultUnsigned, 1, w.part.Base.Seq, "records 1 to %d are gone, and no record signs that off", w.part.Base.Seq)
	}
	if w.next < len(w.anchors) {
		last := w.anchors[len(w.anchors)-1]
		w.part.LastAnchor = last.Head
		w.fault(FaultTruncated, w.prev.Seq+1, last.Seq, "records %d to %d are missing: the chain had them at %s, as an anchor%s says",
			w.prev.Seq+1, last.Seq, last.Time.UTC().Format(time.RFC3339), inLine(last))
	}
	w.announced()
	switch {
	case w.part.Live || w.live.Seq <= w.part.Base.Seq:
	case w.live.Seq > w.prev.Seq:
		w.fault(FaultTruncated, w.prev.Seq+1, w.live.Seq, "records %d to %d are missing: klaxond says that it kept them here", w.prev.Seq+1, w.live.Seq)
	default:
		w.fault(FaultAnchor, w.live.Seq, w.live.Seq, "record %d is not what klaxond says that it kept there: it or one before it was changed, and the chain made anew", w.live.Seq)
	}
}

// fault says of which chain it is.
func (w *Walk) fault(kind FaultKind, first, last uint64, format string, args ...any) {
	w.report.fault(kind, w.part.Chain, first, last, format, args...)
}
