package plot

import (
	"cmp"
	"slices"

	"klaxon"
)

// mark is an alarm as it is drawn.
type mark struct {
	id       string
	at       int64 // when it opened
	key      key   // of its first source
	sourced  bool  // it has one: a flood has none
	layer    layer // of key, when drawn
	number   int   // in the picture, 0 for none; when drawn
	severity int
	who      string
	what     string
	extent   string // how many hosts and services
}

// mark notes an alarm, or what is new about it. When there are too many, the
// least severe go, the newest first.
func (p *Plot) mark(a *klaxon.Alarm) {
	m := mark{
		id: a.ID, at: a.Time.UnixNano(), severity: severityOf(a),
		who: who(a), what: what(a, techniquesInList), extent: extent(a),
	}
	if keys := keysOf(a); len(keys) > 0 {
		m.key, m.sourced = keys[0], true
	}
	if i := p.marked(a.ID); i >= 0 {
		m.at = p.marks[i].at
		p.marks[i] = m
		return
	}
	if a.Event != klaxon.EventOpen {
		return // it was displaced, and its opening is no longer known
	}
	if len(p.marks) < marksMax {
		p.marks = append(p.marks, m)
	} else if least := slices.MaxFunc(p.marks, byRank); byRank(m, least) < 0 {
		p.marks[p.marked(least.id)] = m
	}
}

func (p *Plot) unmark(id string) {
	if i := p.marked(id); i >= 0 {
		p.marks = slices.Delete(p.marks, i, i+1)
	}
}

func (p *Plot) marked(id string) int {
	return slices.IndexFunc(p.marks, func(m mark) bool { return m.id == id })
}

// byRank puts the most severe first, then the earliest.
func byRank(a, b mark) int {
	return cmp.Or(b.severity-a.severity, byTime(a, b))
}

func byTime(a, b mark) int {
	return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.id, b.id))
}

// severityOf returns the severity as one digit.
func severityOf(a *klaxon.Alarm) int { return min(max(a.Severity, 0), 9) }

// extent tells how far a scan went.
func extent(a *klaxon.Alarm) string {
	return plain(counted(a.Targets.Hosts, "host")+", "+counted(a.Targets.Services, "service"), extentMax)
}
