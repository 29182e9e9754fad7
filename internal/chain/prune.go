package chain

import (
	"encoding/json"
	"fmt"
	"time"
)

// Prune is a record of a chain that signs off what was pruned from it: all records
// up to Through are gone, and Hash is what the chain was there. Being in the chain
// itself it cannot be changed later, and says when that was done and why.
type Prune struct {
	Time    time.Time `json:"time"`
	Through uint64    `json:"through"`
	Hash    Hash      `json:"hash"`
	Why     string    `json:"why"`              // WhyAge or WhySize
	Unsaid  bool      `json:"unsaid,omitempty"` // no syslog daemon took its announcement
}

// Why something is pruned.
const (
	WhyAge  = "age"
	WhySize = "size"
)

// pruneLine is its form, with its keys in this order.
type pruneLine struct {
	V       int       `json:"v"`
	Type    string    `json:"type"`
	Time    time.Time `json:"time"`
	Chain   Name      `json:"chain"`
	Through uint64    `json:"through"`
	Hash    Hash      `json:"hash"`
	Why     string    `json:"why"`
	Unsaid  bool      `json:"unsaid,omitempty"`
}

const pruneType = "prune"

// Line is the record of a chain, one JSON object.
func (p Prune) Line(of Name) []byte {
	// Neither numbers, times of our own making, nor words can fail.
	line, _ := json.Marshal(pruneLine{1, pruneType, p.Time.UTC(), of, p.Through, p.Hash, p.Why, p.Unsaid})
	return line
}

// ParsePrune reads such a record of a chain.
func ParsePrune(line []byte, of Name) (Prune, error) {
	var l pruneLine
	if len(line) > maxPrune {
		return Prune{}, fmt.Errorf("read a prune record: it has %d bytes, at most %d are allowed", len(line), maxPrune)
	}
	if err := json.Unmarshal(line, &l); err != nil {
		return Prune{}, fmt.Errorf("read a prune record: %w", err)
	}
	if l.V != 1 || l.Type != pruneType || l.Through == 0 || l.Chain != of {
		return Prune{}, fmt.Errorf("read a prune record of %s: %.120q is none", of, line)
	}
	return Prune{l.Time, l.Through, l.Hash, l.Why, l.Unsaid}, nil
}
