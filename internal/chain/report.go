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
	FaultDamaged   FaultKind = "damaged"   // the file around the records is not whole

	// FaultForeign says that anchors name a store that is not here. No record of
	// this one is the worse for it: another one was here before, or is on another
	// machine, or somebody made the line up, as any user of the host can.
	FaultForeign FaultKind = "foreign"

	// FaultUnproven says that records were signed off by the word of the file alone:
	// the log at hand does not show that klaxond did it, nor that it did not.
	FaultUnproven FaultKind = "unproven"
)

// Fault is one thing wrong, at the places First to Last of a chain.
type Fault struct {
	Kind  FaultKind `json:"kind"`
	Chain Name      `json:"chain,omitempty"` // "" for the file as a whole
	First uint64    `json:"first,omitempty"`
	Last  uint64    `json:"last,omitempty"`
	Text  string    `json:"text"` // one sentence
}

// Part is what a verification found of one chain.
type Part struct {
	Chain      Name   `json:"chain"`
	Base       Head   `json:"base"`                   // the last record that was pruned; Genesis when none was
	Head       Head   `json:"head"`                   // the last record that is there
	Records    uint64 `json:"records"`                // how many were looked at
	Anchors    int    `json:"anchors"`                // that this chain was held against
	Below      int    `json:"anchors_pruned"`         // anchors of what was pruned
	LastAnchor Head   `json:"last_anchor,omitzero"`   // the zero value when there was none
	Live       bool   `json:"live,omitempty"`         // what klaxond says is its newest record is there
	Pruned     Prune  `json:"signed_off_by,omitzero"` // what signs off the records before Base
}

// Report is what a verification found.
type Report struct {
	V          int     `json:"v"` // of this form: 1
	Store      string  `json:"store"`
	Chains     []Part  `json:"chains"`
	Unread     int     `json:"anchors_unread,omitempty"` // anchors beyond MaxAnchors
	Faults     []Fault `json:"faults"`
	FaultCount int     `json:"fault_count"` // all of them; Faults holds the first 100
	Foreign    int     `json:"foreign"`     // those of FaultCount that are FaultForeign
	Unproven   int     `json:"unproven"`    // and FaultUnproven
}

// OK tells whether nothing is wrong.
func (r *Report) OK() bool { return r.FaultCount == 0 }

// Whole tells whether no record is the worse for what is wrong, as far as is known.
func (r *Report) Whole() bool { return r.FaultCount == r.Foreign+r.Unproven }

// Part is that of a chain.
func (r *Report) Part(name Name) Part {
	for _, p := range r.Chains {
		if p.Chain == name {
			return p
		}
	}
	return Part{Chain: name}
}

// Records are those that were looked at.
func (r *Report) Records() (n uint64) {
	for _, p := range r.Chains {
		n += p.Records
	}
	return n
}

// Anchors are those of a log that name this store: compared, or of what was pruned.
func (r *Report) Anchors() (n int) {
	for _, p := range r.Chains {
		n += p.Anchors + p.Below
	}
	return n
}

// String is the one sentence that sums it up.
func (r *Report) String() string {
	switch {
	case !r.Whole() && r.Faults[0].Chain != "":
		return fmt.Sprintf("the chain of %s is broken: %s", r.Faults[0].Chain, r.Faults[0].Text)
	case !r.Whole():
		return r.Faults[0].Text
	case !r.OK():
		return "every record is as it was chained, but " + r.Faults[0].Text
	case r.Records() == 0:
		return "nothing is kept yet"
	case r.Anchors() == 0:
		return "every record is as it was chained; no anchor was compared"
	}
	return "every record is as it was chained, and as the anchors have it"
}

// fault notes one. Those that harm a record stand before those that do not.
func (r *Report) fault(kind FaultKind, of Name, first, last uint64, format string, args ...any) {
	r.FaultCount++
	switch kind {
	case FaultForeign:
		r.Foreign++
	case FaultUnproven:
		r.Unproven++
	}
	if len(r.Faults) < maxFaults {
		r.Faults = append(r.Faults, Fault{kind, of, first, last, fmt.Sprintf(format, args...)})
	}
}
