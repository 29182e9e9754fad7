package chain

import "fmt"

// FaultKind says what is wrong with a chain.
type FaultKind string

// The kinds of fault.
const (
	FaultChanged   FaultKind = "changed"   // a record is not what was hashed
	FaultMissing   FaultKind = "missing"   // records are not there
	FaultAnchor    FaultKind = "anchor"    // whole chain hashes, but an anchor says otherwise
	FaultTruncated FaultKind = "truncated" // the chain ends before its last anchor
	FaultUnsigned  FaultKind = "unsigned"  // the beginning is gone and no prune record says why
	FaultReplaced  FaultKind = "replaced"  // anchors name a store that is not here
	FaultDamaged   FaultKind = "damaged"   // the file around the records is not whole
)

// Fault is one thing wrong, at the records First to Last.
type Fault struct {
	Kind        FaultKind
	First, Last uint64
	Text        string // one sentence
}

// Report is what a verification found.
type Report struct {
	Store      string
	Base       Head   // the last record that was pruned; Genesis when none was
	Head       Head   // the last record that is there
	Records    uint64 // how many were looked at
	Anchors    int    // that this chain was held against
	Below      int    // anchors of what was pruned
	Unread     int    // anchors beyond MaxAnchors
	LastAnchor Anchor // the zero value when there was none
	Pruned     Prune  // what signs off the records before Base; the zero value when none were
	Faults     []Fault
	FaultCount int // all of them; Faults holds the first 100
}

// OK tells whether nothing is wrong.
func (r *Report) OK() bool { return r.FaultCount == 0 }

// String is the one sentence that sums it up.
func (r *Report) String() string {
	if !r.OK() {
		return fmt.Sprintf("the chain is broken: %s", r.Faults[0].Text)
	}
	if r.Records == 0 {
		return "nothing is kept yet"
	}
	if r.Anchors == 0 {
		return fmt.Sprintf("records %d to %d are as they were chained; no anchor was compared", r.Base.Seq+1, r.Head.Seq)
	}
	return fmt.Sprintf("records %d to %d are as they were chained, and as the last of %d anchors had them at record %d",
		r.Base.Seq+1, r.Head.Seq, r.Anchors, r.LastAnchor.Seq)
}

func (r *Report) fault(kind FaultKind, first, last uint64, format string, args ...any) {
	r.FaultCount++
	if len(r.Faults) < maxFaults {
		r.Faults = append(r.Faults, Fault{kind, first, last, fmt.Sprintf(format, args...)})
	}
}
