package main

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"klaxon"
	"klaxon/internal/control"
	"klaxon/internal/render"
	"klaxon/internal/store"
)

const alarmsUsage = `usage: klaxonctl alarms [-since WHEN] [-until WHEN] [-src ADDR|PREFIX]
                        [-severity N] [-technique NAME] [-open] [-drill] [-n N]
                        [-json] [-socket FILE]

Lists alarms, newest first, each by its newest record.

  -since WHEN      from then on: 24h or 7d (ago), 2026-11-24, a time; default 7d
  -until WHEN      before then
  -src ADDR        of this source, or of a prefix like 192.0.2.0/24
  -severity N      of this severity, 1 to 5, or above
  -technique NAME  in which this technique was used, such as syn
  -open            that go on
  -drill           of fire drills, which are left out otherwise
  -n N             at most N (100)
  -json            records, one a line, as klaxond writes them
  -socket FILE     where klaxond listens
`

// picking is the flags that pick records.
type picking struct {
	since, until moment
	src          string
	severity     int
	technique    string
}

func (p *picking) define(f flagSet, l look, since time.Duration) {
	p.since, p.until = moment{look: l}, moment{look: l}
	if since > 0 {
		p.since.Time = l.now.Add(-since)
	}
	f.Var(&p.since, "since", "")
	f.Var(&p.until, "until", "")
	f.StringVar(&p.src, "src", "", "")
	f.IntVar(&p.severity, "severity", 0, "")
	f.StringVar(&p.technique, "technique", "", "")
}

// filter is what they ask for.
func (p *picking) filter() (store.Filter, error) {
	f := store.Filter{Since: p.since.Time, Until: p.until.Time, Severity: p.severity, Technique: klaxon.Technique(p.technique)}
	if p.src != "" {
		var err error
		if f.Source, err = control.ParseSource(p.src); err != nil {
			return f, misused("-src: %v", err)
		}
	}
	if err := checkTechnique(p.technique); err != nil {
		return f, err
	}
	if err := f.Check(); err != nil {
		return f, misused("%v", err)
	}
	return f, nil
}

func runAlarms(args []string, stdout, stderr io.Writer) int {
	var p picking
	var open, drills bool
	var n int
	s := spec{name: "alarms", usage: alarmsUsage, store: true}
	s.flags = func(f flagSet) {
		p.define(f, lookOf(stdout), 7*24*time.Hour)
		f.BoolVar(&open, "open", false, "")
		f.BoolVar(&drills, "drill", false, "")
		f.IntVar(&n, "n", 100, "")
	}
	s.run = func(q *question) error {
		f, err := p.filter()
		if err != nil {
			return err
		}
		if n < 1 {
			return misused("-n %d is no number of alarms", n)
		}
		f.Types, f.Latest = []store.Type{store.TypeAlarm}, true
		return q.alarms(f, open, drills, n)
	}
	return ask(s, args, stdout, stderr)
}

func (q *question) alarms(f store.Filter, open, drills bool, n int) error {
	left := 0 // of drills
	boot := q.boot()
	t := newTable("LAST", "SEV", "SOURCE", "WHAT", "TARGETS", "PROBES", "STATE", "ID")
	found, more := 0, false
	for line, err := range q.kept.Records(q.ctx, f) {
		if err != nil {
			return err
		}
		a, ok := recalled[*klaxon.Alarm](q, line)
		if !ok {
			continue
		}
		state := stateOf(a, boot)
		if open && state != "open" {
			continue
		}
		if drill := ofDrill(a); drill != drills {
			if drill {
				left++
			}
			continue
		}
		if found == n {
			more = true
			break
		}
		found++
		if q.json {
			q.out.Write(append(line, '\n'))
			continue
		}
		if state == "open" {
			q.byNow(a)
		}
		t.add(q.look.when(a.Last), strconv.Itoa(a.Severity), sourceOf(a), whatOf(a, 1), targetsOf(&a.Targets), render.Grouped(a.Probes), state, a.ID[:min(len(a.ID), shortID)])
	}
	switch {
	case found == 0:
		q.note("%s", q.none(&f, open || drills))
	case !q.json:
		t.write(q.out)
	}
	if left > 0 {
		q.note("%s of fire drills left out; -drill lists them", amount(left, "alarm", "alarms"))
	}
	if more {
		q.note("there are more than %d; -n shows more, -since fewer", n)
	}
	return nil
}

// none says that nothing was found, and of what.
func (q *question) none(f *store.Filter, picky bool) string {
	if f.Source.IsValid() && f.Source.IsSingleIP() {
		return "no alarm of that kind names it; klaxonctl why " + f.Source.Addr().String() + " tells what is known of it"
	}
	if picky || f.Source.IsValid() || f.Severity > 0 || f.Technique != "" || !f.Until.IsZero() {
		return "no alarm of that kind"
	}
	return "no alarm since " + q.look.full(f.Since) + "; -since looks further back"
}

// shortID is how much of an identifier is shown: 50 bits, which no store has
// twice by accident. show takes any part that is unique.
const shortID = 10

// boot is the run that klaxond is in, "" when it does not say.
func (q *question) boot() string {
	st, err := q.standing()
	if err != nil {
		return ""
	}
	return st.Boot
}

// stateOf is where in its life an alarm is. One that a run before this one left
// open has no end of its own.
func stateOf(a *klaxon.Alarm, boot string) string {
	switch {
	case a.Event == klaxon.EventClose:
		return "closed"
	case a.Event == klaxon.EventRetract:
		return "retracted"
	case boot != "" && a.Boot != boot:
		return "cut off"
	}
	return "open"
}

// sourceOf names the source of an alarm.
func sourceOf(a *klaxon.Alarm) string {
	switch {
	case a.Source.Addr.IsValid():
		return a.Source.Addr.String()
	case a.Shape == klaxon.ShapeFlood:
		return "many"
	case len(a.Sources) > 0:
		return fmt.Sprintf("%s +%d", a.Sources[0], max(a.SourcesTotal, len(a.Sources))-1)
	}
	return "unknown"
}

// whatOf is technique, shape and tool, with the first techniques there is room for.
func whatOf(a *klaxon.Alarm, room int) string {
	var list []string
	for _, t := range a.Techniques[:min(len(a.Techniques), room)] {
		list = append(list, string(t))
	}
	s := strings.Join(list, ",")
	if more := len(a.Techniques) - len(list); more > 0 {
		s += fmt.Sprintf("+%d", more)
	}
	s += "/" + string(a.Shape)
	if a.Tool.Name != "" {
		s += " by " + a.Tool.Name
	}
	for _, m := range a.Marks {
		if m == klaxon.MarkExpected || m == klaxon.MarkDrill {
			s += " (" + string(m) + ")"
		}
	}
	return s
}

// targetsOf is how much was probed.
func targetsOf(t *klaxon.Targets) string {
	if t.Hosts <= 1 && t.Services <= 1 && len(t.Dst) == 1 {
		s := t.Dst[0].String()
		for _, list := range []struct {
			name   string
			ranges []klaxon.PortRange
		}{{"tcp", t.TCP}, {"udp", t.UDP}, {"sctp", t.SCTP}, {"protocol", t.Protocols}} {
			if len(list.ranges) == 1 {
				s += fmt.Sprintf(" %s/%d", list.name, list.ranges[0].First)
			}
		}
		return s
	}
	hosts := amount(t.Hosts, "host", "hosts") + ", "
	if len(t.Dst) == 1 && t.Hosts <= 1 {
		hosts = t.Dst[0].String() + ": "
	}
	return hosts + amount(t.Services, "service", "services")
}
