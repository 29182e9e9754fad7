package main

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"klaxon"
	"klaxon/internal/control"
	"klaxon/internal/render"
	"klaxon/internal/store"
)

const topUsage = `usage: klaxonctl top [-by source|service|technique|tool] [-since WHEN] [-n N]
                     [-json] [-socket FILE]

Counts what is kept, the most first: touches, alarms by their newest record, and
the greatest severity of each.

  -by WHAT      sources (the default), services, techniques or tools
  -since WHEN   from then on; default 24h
  -n N          at most N (20)
  -socket FILE  where klaxond listens
`

// tally is what was counted of one source, service, technique or tool.
type tally struct {
	Name     string    `json:"name"`
	Touches  int       `json:"touches"`
	Alarms   int       `json:"alarms"`
	Probes   uint64    `json:"probes"`
	Severity int       `json:"severity"`
	Last     time.Time `json:"last"`
}

// talliesMax names are counted; what comes when there are so many is one of the
// others. It keeps a month of forged sources from filling the memory.
const talliesMax = 200_000

const others = "(others)"

type tallies map[string]*tally

func (t tallies) of(name string) *tally {
	if x := t[name]; x != nil {
		return x
	}
	if len(t) >= talliesMax {
		name = others
		if x := t[name]; x != nil {
			return x
		}
	}
	x := &tally{Name: name}
	t[name] = x
	return x
}

// sorted is the first n of them.
func (t tallies) sorted(n int) []*tally {
	list := make([]*tally, 0, len(t))
	for _, x := range t {
		list = append(list, x)
	}
	slices.SortFunc(list, func(a, b *tally) int {
		return cmp.Or(cmp.Compare(b.Alarms, a.Alarms), cmp.Compare(b.Severity, a.Severity),
			cmp.Compare(b.Touches, a.Touches), cmp.Compare(b.Probes, a.Probes), cmp.Compare(a.Name, b.Name))
	})
	return list[:min(n, len(list))]
}

// kind names what a record counts for.
type kind func(klaxon.Record) []string

var kinds = map[string]kind{
	"source": func(r klaxon.Record) []string {
		switch r := r.(type) {
		case *klaxon.Touch:
			return []string{r.Source.Addr.String()}
		case *klaxon.Alarm:
			return []string{sourceOf(r)}
		}
		return nil
	},
	"service": servicesOf,
	"technique": func(r klaxon.Record) (list []string) {
		if a, ok := r.(*klaxon.Alarm); ok {
			for _, t := range a.Techniques {
				list = append(list, string(t))
			}
		}
		return list
	},
	"tool": func(r klaxon.Record) []string {
		if a, ok := r.(*klaxon.Alarm); ok && a.Tool.Name != "" {
			return []string{a.Tool.Name}
		}
		return nil
	},
}

// servicesOf are single ports, and where an alarm has many of them their number:
// each of a wide scan says nothing.
func servicesOf(r klaxon.Record) (list []string) {
	switch r := r.(type) {
	case *klaxon.Touch:
		return []string{fmt.Sprintf("%s/%d", r.Transport, r.Target.Port)}
	case *klaxon.Alarm:
		for _, part := range []struct {
			name   string
			ranges []klaxon.PortRange
		}{{"tcp", r.Targets.TCP}, {"udp", r.Targets.UDP}, {"sctp", r.Targets.SCTP}} {
			list = append(list, singlePorts(part.name, part.ranges)...)
		}
	}
	return list
}

func singlePorts(name string, ranges []klaxon.PortRange) (list []string) {
	const wide = 64
	n := 0
	for _, r := range ranges {
		n += int(r.Last-r.First) + 1
	}
	if n > wide {
		return []string{name + " (wide)"}
	}
	for _, r := range ranges {
		for p := int(r.First); p <= int(r.Last); p++ {
			list = append(list, fmt.Sprintf("%s/%d", name, p))
		}
	}
	return list
}

// count counts a record, but no alarm that was taken back.
func (t tallies) count(r klaxon.Record, k kind) {
	if a, ok := r.(*klaxon.Alarm); ok && a.Event == klaxon.EventRetract {
		return
	}
	for _, name := range k(r) {
		x := t.of(name)
		switch r := r.(type) {
		case *klaxon.Touch:
			x.Touches++
			x.last(r.Time)
		case *klaxon.Alarm:
			x.Alarms++
			x.Probes += r.Probes
			x.Severity = max(x.Severity, r.Severity)
			x.last(r.Last)
		}
	}
}

func (t *tally) last(at time.Time) {
	if at.After(t.Last) {
		t.Last = at
	}
}

func runTop(args []string, stdout, stderr io.Writer) int {
	by, n := "source", 20
	since := moment{look: lookOf(stdout)}
	since.Time = since.look.now.Add(-24 * time.Hour)
	s := spec{name: "top", usage: topUsage, store: true}
	s.flags = func(f flagSet) {
		f.StringVar(&by, "by", by, "")
		f.IntVar(&n, "n", n, "")
		f.Var(&since, "since", "")
	}
	s.run = func(q *question) error {
		k := kinds[strings.TrimSuffix(by, "s")]
		switch {
		case k == nil:
			return misused("-by %.20q: want source, service, technique or tool", by)
		case n < 1:
			return misused("-n %d is no number of rows", n)
		}
		t := tallies{}
		err := q.each(store.Filter{Since: since.Time}, func(r klaxon.Record) { t.count(r, k) })
		if err != nil {
			return err
		}
		return q.top(t.sorted(n), by)
	}
	return ask(s, args, stdout, stderr)
}

// each takes every touch, and of every alarm its newest record, oldest first, but for
// those of drills.
func (q *question) each(f store.Filter, take func(klaxon.Record)) error {
	f.OldestFirst = true
	for _, typ := range []store.Type{store.TypeAlarm, store.TypeTouch} {
		f.Types, f.Latest = []store.Type{typ}, typ == store.TypeAlarm
		for line, err := range q.kept.Records(q.ctx, f) {
			if err != nil {
				return err
			}
			r, err := control.Recall(line)
			if err != nil {
				return err
			}
			if !ofDrill(r) {
				take(r)
			}
		}
	}
	return nil
}

func (q *question) top(list []*tally, by string) error {
	if q.json {
		for _, x := range list {
			x.Name = safe(x.Name, 128)
			if err := q.writeJSON(x); err != nil {
				return err
			}
		}
		return nil
	}
	if len(list) == 0 {
		q.note("nothing is kept of that time")
		return nil
	}
	t := newTable(strings.ToUpper(strings.TrimSuffix(by, "s")), "ALARMS", "SEV", "TOUCHES", "PROBES", "LAST")
	for _, x := range list {
		t.add(x.Name, strconv.Itoa(x.Alarms), strconv.Itoa(x.Severity), render.Grouped(uint64(x.Touches)), render.Grouped(x.Probes), q.look.when(x.Last))
	}
	t.write(q.out)
	return nil
}
