// Package firewall tells whether this host's own nftables rules, and what
// iptables-nft put among them, let a probe reach a trap. It reads the ruleset over
// netlink and runs every rule on a packet that is known only in part: the first of
// a new connection to the trap, from some other host. What depends on the rest (who
// sends, on which interface, how often) may be so or not; what is not understood is
// said to be so, and nothing is claimed that rests on it.
//
// The rules are decoded here, and not by a library: those for Go leave out the
// expressions that they do not know, and a rule with a condition less says more
// than it does.
package firewall

import (
	"errors"
	"net/netip"

	"klaxon"
)

// Reach says whether probes get to a trap.
type Reach uint8

// What a ruleset makes of a trap.
const (
	Open    Reach = iota // everybody gets there
	Blocked              // nobody does
	Limited              // some do and some do not
	Unclear              // it depends on a rule that is not understood
)

func (r Reach) String() string {
	return [...]string{"open", "blocked", "limited", "unclear"}[r]
}

// Finding is what becomes of probes of one trap over one family.
type Finding struct {
	Port  klaxon.Port
	V6    bool
	Reach Reach
	Why   string // names the rule; "" when Open
}

// Trap is one that may be shielded.
type Trap struct {
	klaxon.Port
	V4, V6 bool // the families that it listens on
}

// Host is what the rules are read against.
type Host struct {
	Local []netip.Addr // its own addresses: who is sent on to one of them is not sent away
}

var (
	// ErrPrivilege: the kernel shows its rules to root alone.
	ErrPrivilege = errors.New("read the rules of nftables: the kernel shows them to root alone")
	// ErrAbsent: there is no nftables, so none of its rules keeps anybody away.
	ErrAbsent = errors.New("read the rules of nftables: this system has none")
)
