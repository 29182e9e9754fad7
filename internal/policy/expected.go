package policy

import (
	"math"
	"slices"

	"klaxon"
)

// SetAllow replaces the rules of who is expected. An open alarm of a source that
// is expected from now on is quiet from its next record on, but for its end when
// people heard of it, and what it did so far is its habit. One whose rules stay as
// they were goes on as it did. That of a source that is expected no more ends: what was
// expected is over, and what comes now is not.
func (a *Alarms) SetAllow(list *AllowList) {
	before := a.list
	a.list = &AllowList{rules: list.Rules(), simple: a.cfg.Allow}
	a.quiet = nil // who rang may be one who did not, from now on
	if a.calm == nil {
		return
	}
	for _, k := range a.keys(math.MaxInt64) {
		l := a.open[k]
		if slices.Contains(l.told.Marks, klaxon.MarkExpected) && !a.list.knows(&l.told.Source, a.wall(l.last)) {
			a.endExpected(k, l)
			continue
		}
		l.told.Marks = slices.DeleteFunc(slices.Clone(l.told.Marks), func(m klaxon.Mark) bool { return m == klaxon.MarkExpected })
		if !l.told.Source.Addr.IsValid() || !a.list.knows(&l.told.Source, a.wall(l.last)) {
			continue
		}
		if before.alike(a.list, &l.told.Source) {
			continue
		}
		s, ok := a.cfg.Describe(k) // more than was told
		if !ok {
			s = l.told
		}
		v := a.visit(k, l, &s, l.last)
		a.calm.guests.learn(&v)
		l.owed = l.owed || l.rang
		l.rang, l.news, l.aimed = false, "", false
		l.told.Severity = 1
	}
}

// endExpected closes an alarm as it was: of severity 1, and told to nobody.
func (a *Alarms) endExpected(k Key, l *life) {
	s, ok := a.describe(k)
	if !ok {
		s = l.told
	}
	s.Zone, s.Severity = l.told.Zone, 0
	a.close(k, l, merge(&l.told, s), max(a.at, l.last))
}

// alike tells whether two lists say the same of a source.
func (l *AllowList) alike(o *AllowList, e *klaxon.Endpoint) bool {
	return slices.EqualFunc(l.of(e), o.of(e), func(x, y *Rule) bool { return x.Equal(y) })
}

// of lists the rules that are about a source.
func (l *AllowList) of(e *klaxon.Endpoint) (list []*Rule) {
	for i := range l.rules {
		if l.rules[i].about(plain(e.Addr), e.MAC) {
			list = append(list, &l.rules[i])
		}
	}
	return list
}

// Allow returns the rules of who is expected.
func (a *Alarms) Allow() []Rule { return a.list.Rules() }

// standing tells how a scan stands with the allow-list.
func (a *Alarms) standing(k Key, l *life, s *klaxon.Scan, now int64, listed bool) standing {
	if !s.Source.Addr.IsValid() || len(a.list.rules) == 0 && len(a.list.simple) == 0 {
		return standing{}
	}
	v := a.visit(k, l, s, now)
	v.listed = listed
	return a.list.judge(&v)
}

// visit is what the list is asked. An alarm that began within the hours of a rule
// may last a little longer.
func (a *Alarms) visit(k Key, l *life, s *klaxon.Scan, now int64) visit {
	v := visit{scan: s, look: func() Look { return a.look(k) }}
	if now-l.begin < int64(hoursSlack) {
		now = l.begin
	}
	v.at = a.wall(now)
	if c := a.calm; c != nil {
		v.guest = c.guests[plain(s.Source.Addr)]
		v.traps = c.trapsAmong(s)
	}
	return v
}

// trapsAmong tells the traps among the services that a scan probes on this host,
// nil when it probes others. Of many hosts this one may be among those that are not
// listed.
func (c *calm) trapsAmong(s *klaxon.Scan) func(klaxon.Port) bool {
	if s.Targets.Hosts > len(s.Targets.Dst) {
		return func(p klaxon.Port) bool { return c.traps[p] }
	}
	for _, d := range s.Targets.Dst {
		if c.local[plain(d)] {
			return func(p klaxon.Port) bool { return c.traps[p] }
		}
	}
	return nil
}
