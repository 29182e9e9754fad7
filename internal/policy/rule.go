package policy

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"klaxon"
	"klaxon/internal/services"
)

// Rule says that a source is expected, and what of it: whatever else it does
// rings all the same. A rule is plain data; whoever has one shares its lists.
type Rule struct {
	Sources  []netip.Prefix // none: every address
	MAC      [6]byte        // zero: any; with Sources it must be theirs
	Services []ServiceRange // none: those of the role, or all
	Days     Days           // none: every day
	From, To int            // minutes of the day, the local one; equal: the whole day
	Role     Role
	Reason   string
	Until    time.Time // zero: for good
	Force    bool      // it may be as wide as it is
}

// ServiceRange is a range of ports of one transport, both ends included.
type ServiceRange struct {
	Transport   klaxon.Transport
	First, Last uint16
}

// Days is a set of weekdays, a bit for each.
type Days uint8

// Has tells whether a day is in the set; all are in the empty one.
func (d Days) Has(day time.Weekday) bool { return d == 0 || d&(1<<day) != 0 }

// DayOf returns the set of one day, by its first three letters.
func DayOf(name string) (Days, bool) {
	for day := range time.Weekday(7) {
		if strings.EqualFold(name, day.String()[:3]) {
			return 1 << day, true
		}
	}
	return 0, false
}

// ServicesOf reads services as services.Parse does, and transports alone, as in
// "udp", for all of theirs.
func ServicesOf(specs []string) (list []ServiceRange, err error) {
	var rest []string
	for _, s := range specs {
		if t, ok := transportNamed(s); ok {
			list = append(list, ServiceRange{t, 1, 65535})
		} else {
			rest = append(rest, s)
		}
	}
	traps, err := services.Parse(rest)
	if err != nil {
		return nil, err
	}
	for _, t := range traps {
		list = append(list, ServiceRange{t.Transport, t.Port, t.Port})
	}
	return adjoin(list), nil
}

func transportNamed(s string) (klaxon.Transport, bool) {
	for _, t := range []klaxon.Transport{klaxon.TCP, klaxon.UDP, klaxon.SCTP} {
		if s == t.String() {
			return t, true
		}
	}
	return 0, false
}

// Check tells what is wrong with a rule, and what to do about it.
func (r *Rule) Check() error {
	switch {
	case strings.TrimSpace(r.Reason) == "":
		return errors.New("a rule needs a reason, for whoever reads it in a year")
	case len(r.Reason) > reasonMax:
		return fmt.Errorf("the reason has %d bytes; want at most %d", len(r.Reason), reasonMax)
	case len(r.Sources) > ruleSources || len(r.Services) > ruleServices:
		return fmt.Errorf("a rule has at most %d addresses and %d ranges of services; make two of it", ruleSources, ruleServices)
	case r.From < 0 || r.From >= minutes || r.To < 0 || r.To >= minutes:
		return errors.New(`want hours like "22:00-06:00"`)
	case r.Role != "" && conducts[r.Role] == nil:
		return fmt.Errorf("%q is no role; want one of %s", r.Role, strings.Join(RoleNames(), ", "))
	}
	return r.checkWidth()
}

// checkWidth wants force for what many strangers could hide behind.
func (r *Rule) checkWidth() error {
	if r.Force {
		return nil
	}
	if len(r.Sources) == 0 && r.MAC == [6]byte{} {
		return errors.New("a rule without address and MAC is for everybody; if that is meant, add force = true")
	}
	for _, p := range r.Sources {
		if !p.IsValid() || p.Addr().Is4In6() {
			return fmt.Errorf("%s is no network of IPv4 or IPv6", p)
		}
		most := widest6
		if p.Addr().Is4() {
			most = widest4
		}
		if p.Bits() < most {
			return fmt.Errorf("%s is wider than /%d; if that is meant, add force = true", p, most)
		}
	}
	return nil
}

// Who names what a rule is about, in a few words.
func (r *Rule) Who() string {
	var w []string
	for i, p := range r.Sources {
		if i == 3 {
			w = append(w, fmt.Sprintf("%d more", len(r.Sources)-3))
			break
		}
		w = append(w, prefixText(p))
	}
	if r.MAC != [6]byte{} {
		w = append(w, macText(r.MAC))
	}
	if len(w) == 0 {
		return "everybody"
	}
	return strings.Join(w, ", ")
}

// Over tells whether a rule has expired.
func (r *Rule) Over(now time.Time) bool { return !r.Until.IsZero() && !now.Before(r.Until) }

// Equal tells whether two rules say the same.
func (r *Rule) Equal(o *Rule) bool { return r.TOML() == o.TOML() }

// about tells whether a rule is about a source. One with an address is known by
// it, so that another hardware address behind it is news.
func (r *Rule) about(addr netip.Addr, mac [6]byte) bool {
	if len(r.Sources) > 0 {
		return within(r.Sources, addr)
	}
	return r.MAC == [6]byte{} || r.MAC == mac
}

// inHours tells whether a time lies in the hours of the rule's days. Hours that
// end after midnight belong to the day they began on.
func (r *Rule) inHours(at time.Time) bool {
	now, day := at.Hour()*60+at.Minute(), at.Weekday()
	switch {
	case r.From == r.To:
	case r.From < r.To && (now < r.From || now >= r.To):
		return false
	case r.From > r.To && now < r.To:
		day = (day + 6) % 7
	case r.From > r.To && now < r.From:
		return false
	}
	return r.Days.Has(day)
}

// stranger finds a service of a scan that is none of those in a list.
func stranger(t *klaxon.Targets, list []ServiceRange) (klaxon.Port, bool) {
	for port := range portsOf(t) {
		if !slices.ContainsFunc(list, func(r ServiceRange) bool { return r.has(port) }) {
			return port, true
		}
	}
	return klaxon.Port{}, false
}

func (r ServiceRange) has(p klaxon.Port) bool {
	return r.Transport == p.Transport && r.First <= p.Number && p.Number <= r.Last
}
