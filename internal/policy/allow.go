package policy

import (
	"net/netip"
	"slices"
	"time"

	"klaxon"
)

// AllowList are the rules of sources that are expected: demoted, not deaf. It is
// immutable and safe for concurrent use; nil is an empty one.
type AllowList struct {
	rules  []Rule
	simple []netip.Prefix // expected whatever they do
}

// NewAllowList makes a list of rules, which have been checked.
func NewAllowList(rules []Rule) *AllowList { return &AllowList{rules: rules} }

// Rules lists the rules; they are shared.
func (l *AllowList) Rules() []Rule {
	if l == nil {
		return nil
	}
	return l.rules
}

// knows tells whether a rule is about a source, whatever else it says.
func (l *AllowList) knows(e *klaxon.Endpoint, at time.Time) bool {
	if l == nil {
		return false
	}
	addr := plain(e.Addr)
	if within(l.simple, addr) {
		return true
	}
	for i := range l.rules {
		if l.rules[i].about(addr, e.MAC) && !l.rules[i].Over(at) {
			return true
		}
	}
	return false
}

// Reason is that of the first rule about an address, "" for none.
func (l *AllowList) Reason(addr netip.Addr, at time.Time) string {
	for i := range l.Rules() {
		if r := &l.rules[i]; len(r.Sources) > 0 && r.about(plain(addr), [6]byte{}) && !r.Over(at) {
			return r.Reason
		}
	}
	return ""
}

// plain is an address as rules hold it.
func plain(a netip.Addr) netip.Addr { return a.Unmap().WithZone("") }

// visit is what a list is asked about: a scan, when, and what is known of its
// source.
type visit struct {
	scan   *klaxon.Scan
	listed bool // with all of its services, as far as there is room
	at     time.Time
	guest  *guest // nil when it never came, or nothing is remembered
	look   func() Look
	traps  func(klaxon.Port) bool // nil: unknown
}

// standing is how a scan stands with the list.
type standing struct {
	known bool
	news  string // what of it was not expected, "" for nothing
}

// judge finds out whether a scan is as expected. Of several rules about a source,
// one that is content is enough; otherwise the first says what was new.
func (l *AllowList) judge(v *visit) (s standing) {
	if l == nil || !v.scan.Source.Addr.IsValid() {
		return s
	}
	addr := plain(v.scan.Source.Addr)
	if within(l.simple, addr) {
		return standing{known: true}
	}
	for i := range l.rules {
		r := &l.rules[i]
		if !r.about(addr, v.scan.Source.MAC) || r.Over(v.at) {
			continue
		}
		news := r.news(v)
		if news == "" {
			return standing{known: true}
		}
		if !s.known {
			s = standing{true, "it is expected (" + r.Reason + "), but " + news}
		}
	}
	return s
}

// news says what of a visit a rule does not cover, "" for nothing.
func (r *Rule) news(v *visit) string {
	mac := v.scan.Source.MAC
	if r.MAC != [6]byte{} && mac != [6]byte{} && mac != r.MAC {
		return "its hardware address is " + macText(mac) + " and not " + macText(r.MAC)
	}
	if n := v.newMAC(r.MAC != [6]byte{}); n != "" {
		return n
	}
	if !r.inHours(v.at) {
		return "it came at " + v.at.Format("Mon 15:04") + ", outside its hours"
	}
	c := conducts[r.Role]
	if c != nil {
		if b := c.breach(v.scan); b != "" {
			return string(r.Role) + " " + b
		}
	}
	declared := r.Services
	if declared == nil && c != nil {
		declared = c.services
	}
	if declared == nil {
		return v.newTrap(c != nil)
	}
	if p, found := stranger(&v.scan.Targets, declared); found {
		return portText(p) + " is none of its services"
	}
	if v.listed && unlisted(v.scan) {
		return tooMany
	}
	return ""
}

// tooMany says that there are services of a scan that nobody can look at.
const tooMany = "it probed so many services, each apart from the others, that not all of them can be held against what is expected"

// unlisted tells whether a scan has services that its lists leave out. Those without
// ports are in none.
func unlisted(s *klaxon.Scan) bool {
	n := 0
	for range portsOf(&s.Targets) {
		n++
	}
	for _, r := range s.Targets.Protocols {
		n += int(r.Last) - int(r.First) + 1
	}
	for _, t := range s.Techniques {
		if slices.Contains(portless[:], t) {
			n++
		}
	}
	return s.Targets.Services > n
}

// portless are techniques that probe no port; each counts as one service.
var portless = [...]klaxon.Technique{klaxon.IcmpEcho, klaxon.IcmpTimestamp, klaxon.IcmpMask, klaxon.Arp, klaxon.Nd}

// newMAC says that a neighbour came with another hardware address than before, or
// that its address is now used by several. One that is pinned to its address by a rule
// has been held against that.
func (v *visit) newMAC(pinned bool) string {
	mac := v.scan.Source.MAC
	known := v.guest != nil && v.guest.mac != [6]byte{}
	if mac == [6]byte{} || !known && !pinned {
		return ""
	}
	if known && !pinned && v.guest.mac != mac {
		return "its hardware address is " + macText(mac) + ", and was " + macText(v.guest.mac)
	}
	if v.look != nil && v.look().Moved {
		return "several hardware addresses claim its address"
	}
	return ""
}

// newTrap says which trap it never touched while it was expected: what it did before
// that may be forgotten. The first that it ever touches
// is its habit; and what a role does on its first visit, when it may do anything.
func (v *visit) newTrap(role bool) string {
	if v.traps == nil || v.guest == nil || len(v.guest.traps) == 0 || role && !v.guest.settled(v.scan.Last) {
		return ""
	}
	for p := range portsOf(&v.scan.Targets) {
		if v.traps(p) && !v.guest.touched(p) {
			return "it never touched " + portText(p) + " while it was expected"
		}
	}
	if !role && v.listed && unlisted(v.scan) {
		return tooMany
	}
	return ""
}
