package policy

import (
	"net/netip"
	"slices"
	"time"

	"klaxon"
)

// calm keeps a daemon's alarms few: what is expected, and who passes by outside,
// goes to the records alone and into the weather.
type calm struct {
	weather  *Weather
	familiar familiar
	guests   guests
	traps    map[klaxon.Port]bool
	local    map[netip.Addr]bool
	told     [remarks]time.Time // when a passer-by was told last, by reason
}

// Look is what the evidence of one source shows beside its scan.
type Look struct {
	OnLink bool // it is a neighbour with one hardware address, which has few others
	Moved  bool // more than one hardware address had its address
	Aimed  bool // it looks as made by hand, for this host
}

// The reasons to tell a passer-by.
const (
	aimed = iota
	unseen
	remarks
)

func newCalm(seed uint64) *calm {
	return &calm{weather: NewWeather(seed), familiar: newFamiliar(), guests: guests{}}
}

// SetTraps says which services of this host are traps, and SetLocal which addresses
// are its own.
func (a *Alarms) SetTraps(list []klaxon.Port) {
	if a.calm == nil {
		return
	}
	a.calm.traps = make(map[klaxon.Port]bool, len(list))
	for _, p := range list {
		a.calm.traps[p] = true
	}
}

// SetLocal says which addresses are this host's own.
func (a *Alarms) SetLocal(list []netip.Addr) {
	if a.calm == nil {
		return
	}
	a.calm.local = make(map[netip.Addr]bool, len(list))
	for _, x := range list {
		a.calm.local[plain(x)] = true
	}
}

// Weather returns the record of a day of passers-by when that is over, at a time of
// the wall's clock.
func (a *Alarms) Weather(now time.Time) (klaxon.Health, bool) {
	if a.calm == nil {
		return klaxon.Health{}, false
	}
	return a.calm.weather.Report(now)
}

// wall is the time of people.
func (a *Alarms) wall(now int64) time.Time {
	if a.cfg.Wall == nil {
		return time.Unix(0, now).UTC()
	}
	return a.cfg.Wall(now)
}

func (a *Alarms) look(k Key) Look {
	if a.cfg.Look == nil || k.Kind != OfSource {
		return Look{}
	}
	return a.cfg.Look(k)
}

// passes tells whether a scan is of somebody outside who looks at what is here. A
// flood is none, nor is what goes out from inside, nor a crowd with somebody of ours.
func (a *Alarms) passes(s *klaxon.Scan) bool {
	return s.Zone == klaxon.ZoneOutside && s.Shape != klaxon.ShapeFlood &&
		!slices.ContainsFunc(s.Sources, func(x netip.Addr) bool { return a.cfg.Zone(x) != klaxon.ZoneOutside })
}

// hush decides whether a record is for the record sinks alone.
func (a *Alarms) hush(k Key, l *life, e klaxon.Event, s *klaxon.Scan, now int64) bool {
	if a.calm == nil {
		return false
	}
	if drill(s) {
		return true
	}
	defer a.remember(k, l, e, s, now)
	expected := l.news == "" && !l.rang && slices.Contains(s.Marks, klaxon.MarkExpected)
	passes := a.passes(s) && !a.list.knows(&s.Source, a.wall(now))
	switch {
	case expected:
		return !l.owed || e != klaxon.EventClose && e != klaxon.EventRetract
	case passes && !slices.Contains(s.Marks, klaxon.MarkContact):
		return a.hushPasser(k, l, e, s, now)
	}
	l.ring(s)
	return false
}

// hushPasser tells a passer-by who is worth it once, and again when it gets worse;
// the sum is in the weather.
func (a *Alarms) hushPasser(k Key, l *life, e klaxon.Event, s *klaxon.Scan, now int64) bool {
	if l.news == "" && (e == klaxon.EventOpen || e == klaxon.EventUpdate) && (a.aims(k, l, s, now) || a.unseen(l, s, now)) {
		l.annotate(s)
	}
	if l.news == "" && !l.rang {
		return true
	}
	first, rose := !l.rang, s.Severity > l.heard
	l.ring(s)
	switch e {
	case klaxon.EventRetract:
		return first
	case klaxon.EventClose:
		return !first
	}
	return !first && !rose
}

// ring notes that people hear of an alarm.
func (l *life) ring(s *klaxon.Scan) {
	l.rang, l.heard = true, max(l.heard, s.Severity)
	s.Marks = slices.DeleteFunc(slices.Clone(s.Marks), func(m klaxon.Mark) bool { return m == klaxon.MarkExpected })
}

// annotate adds to a scan why people hear of it.
func (l *life) annotate(s *klaxon.Scan) {
	if l.news == "" {
		return
	}
	s.Why += "; " + l.news
	if l.aimed && s.Confidence == klaxon.Proven {
		s.Severity = max(s.Severity, aimedSeverity)
	}
}

// stirs tells whether something new makes an alarm worth telling that people have
// not heard of.
func (a *Alarms) stirs(k Key, l *life, s *klaxon.Scan, now int64) bool {
	switch {
	case a.calm == nil || l.rang || drill(s):
		return false
	case l.news != "":
		return true
	case slices.Contains(s.Marks, klaxon.MarkExpected):
		if now < l.check { // all of its targets are looked at now and then
			return false
		}
		l.check = now + int64(riseAfter)
		a.current(k, l, now)
		return l.news != ""
	}
	if !s.Source.Addr.IsValid() && !slices.Contains(s.Marks, klaxon.MarkDistributed) {
		return false // as below, but a crowd is judged often, and has many sources to look at
	}
	return a.passes(s) && a.aims(k, l, s, now)
}

// aims tells whether a source means this host, by hand: it proved its address, and
// looked at few services of few hosts in no order of a program. Several that share
// one target without a known tool mean it, too.
func (a *Alarms) aims(k Key, l *life, s *klaxon.Scan, now int64) bool {
	switch {
	case !s.Source.Addr.IsValid():
		if !slices.Contains(s.Marks, klaxon.MarkDistributed) || s.Tool.Name != "" || s.Targets.Hosts > aimedHosts {
			return false
		}
	case s.Proof < klaxon.ProofHandshake || s.Tool.Name != "" || s.Targets.Hosts > aimedHosts || s.Targets.Services < aimedFew || s.Targets.Services > aimedMany:
		return false
	case !a.look(k).Aimed:
		return false
	}
	l.aimed = a.tell(l, aimed, "it means this host, and not the Internet: few services, in no order that programs use, with pauses", now)
	return l.aimed
}

// unseen tells whether a source came with something that nobody came with before.
func (a *Alarms) unseen(l *life, s *klaxon.Scan, now int64) bool {
	if !s.Source.Addr.IsValid() || s.Proof < klaxon.ProofHandshake {
		return false
	}
	n := a.calm.familiar.news(s, a.wall(now))
	return n != "" && a.tell(l, unseen, n, now)
}

// tell lets one passer-by a day be told for each reason: a botnet would have a
// thousand that look aimed. The others are counted in the weather.
func (a *Alarms) tell(l *life, reason int, why string, now int64) bool {
	at, last := a.wall(now), a.calm.told[reason]
	if since := at.Sub(last); !last.IsZero() && since >= 0 && since < day {
		if !l.unusual {
			l.unusual = true
			a.calm.weather.unusual++
		}
		return false
	}
	a.calm.told[reason], l.news = at, why
	return true
}

// remember notes what was told: the habits of who is expected, and of passers-by
// the sum.
func (a *Alarms) remember(k Key, l *life, e klaxon.Event, s *klaxon.Scan, now int64) {
	at := a.wall(now)
	switch {
	case s.Source.Addr.IsValid() && a.list.knows(&s.Source, at):
		v := a.visit(k, l, s, now)
		a.calm.guests.learn(&v)
	case e == klaxon.EventClose && a.passes(s):
		a.calm.weather.Add(s, l.rang)
		if s.Source.Addr.IsValid() && s.Proof >= klaxon.ProofHandshake {
			a.calm.familiar.learn(s, at)
		}
	}
}
