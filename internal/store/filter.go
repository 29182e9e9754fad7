package store

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"klaxon"
)

// Filter picks records. The zero value picks the newest records of people's
// interest: touches, alarms and health.
type Filter struct {
	Since, Until time.Time    // of the record: from Since, and before Until
	Types        []Type       // none: touch, alarm and health
	ID           string       // of a touch or an alarm
	Source       netip.Prefix // sources in it
	Severity     int          // at least; of alarms only
	Technique    klaxon.Technique
	Latest       bool // of each alarm only its newest record

	OldestFirst bool
	Cursor      uint64 // continue after this record, in the order asked for
	Limit       int    // 0: LimitDefault; at most LimitMax
}

// Check says what is wrong with a filter, in the words of who made it.
func (f *Filter) Check() error {
	for _, t := range f.Types {
		if !slices.Contains([]Type{TypeTouch, TypeAlarm, TypeHealth, TypeEvidence, TypePrune}, t) {
			return fmt.Errorf("there are no records of type %.40q; want touch, alarm, health, evidence or prune", t)
		}
	}
	switch {
	case f.ID != "" && !ValidID(f.ID):
		return fmt.Errorf("%.40q is no identifier; want the 26 characters that an alarm or touch has as its id", f.ID)
	case f.Severity < 0 || f.Severity > 5:
		return fmt.Errorf("there is no severity %d; want 1 to 5", f.Severity)
	case !word(string(f.Technique)):
		return fmt.Errorf("%.40q is no technique", f.Technique)
	case f.Limit < 0 || f.Limit > LimitMax:
		return fmt.Errorf("%d records are no page; want 1 to %d", f.Limit, LimitMax)
	case !f.Since.IsZero() && !f.Until.IsZero() && !f.Since.Before(f.Until):
		return fmt.Errorf("nothing is from %s on and before %s", f.Since.Format(time.RFC3339), f.Until.Format(time.RFC3339))
	}
	return nil
}

// Wants tells whether records of a type may pass: what they do not have cannot
// be asked of them.
func (f *Filter) Wants(t Type) bool {
	if len(f.Types) > 0 && !slices.Contains(f.Types, t) {
		return false
	}
	alarmsOnly := f.Severity > 0 || f.Technique != "" || f.Latest
	switch t {
	case TypeTouch:
		return !alarmsOnly
	case TypeAlarm:
		return true
	case TypeHealth:
		return !alarmsOnly && f.ID == "" && !f.Source.IsValid()
	}
	return len(f.Types) > 0 && !alarmsOnly && f.ID == "" && !f.Source.IsValid()
}

// Size is how many records a page has.
func (f *Filter) Size() int {
	if f.Limit == 0 {
		return LimitDefault
	}
	return f.Limit
}

// ValidID tells whether a text is of the form that identifiers have.
func ValidID(id string) bool {
	return len(id) == idLen && strings.Trim(id, "abcdefghijklmnopqrstuvwxyz234567") == ""
}

// ValidMemory tells whether a blob may have that name.
func ValidMemory(name string) bool { return name != "" && len(name) <= MemoryNameMax && word(name) }

// word tells whether a text has only lower-case letters, digits and hyphens.
func word(s string) bool { return strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789-") == "" }
