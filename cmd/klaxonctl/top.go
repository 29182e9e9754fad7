package main

import (
	"io"
	"strconv"
	"strings"
	"time"

	"klaxon"
	"klaxon/internal/render"
	"klaxon/internal/store"
)

const topUsage = `usage: klaxonctl top [-by source|service|technique|tool] [-since WHEN] [-n N]
                     [-json] [-socket FILE]

Counts what is kept, the most first: touches, alarms by their newest record, and
the greatest severity of each. What the records do not tell is a dash: by what tool
a touch was made, and which of an alarm's probes were for one service of several.

  -by WHAT      sources (the default), services, techniques or tools
  -since WHEN   from then on; default 24h
  -n N          at most N (20)
  -socket FILE  where klaxond listens
`

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
		k, ok := kinds[strings.TrimSuffix(by, "s")]
		switch {
		case !ok:
			return misused("-by %.20q: want source, service, technique or tool", by)
		case n < 1:
			return misused("-n %d is no number of rows", n)
		}
		t := newTallies(k)
		err := q.each(store.Filter{Since: since.Time}, t.count)
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
			if r, ok := recalled[klaxon.Record](q, line); ok && !ofDrill(r) {
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
		t.add(x.Name, strconv.Itoa(x.Alarms), strconv.Itoa(x.Severity), known(x.Touches), known(x.Probes), q.look.when(x.Last))
	}
	t.write(q.out)
	return nil
}

// known is a count, or nothing, which a table shows as a dash.
func known(n *uint64) string {
	if n == nil {
		return ""
	}
	return render.Grouped(*n)
}
