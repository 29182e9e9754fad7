package main

import (
	"io"
	"net/netip"
	"strings"
	"time"

	"klaxon/internal/control"
)

const allowUsage = `usage: klaxonctl allow [-ports SPEC] -for 24h -why TEXT [-force] ADDR|PREFIX
       klaxonctl allow -list [-json]

Expects a source for a while: what it does is recorded and told in the summary,
but rings no more, unless it does what it never did before. What is expected for
good belongs into klaxond's configuration ([[allow]] in klaxon.toml(5)).

  -for TIME     for how long: 30m, 24h, 7d
  -why TEXT     the reason, for whoever reads the list later
  -ports SPEC   these services alone, such as tcp/22,80 or udp/161
  -force        allow a prefix wider than /16, or /48 of IPv6
  -list         list what is expected
  -socket FILE  where klaxond listens
`

func runAllow(args []string, stdout, stderr io.Writer) int {
	var a control.Allowance
	var span length
	var list bool
	s := spec{name: "allow", usage: allowUsage, args: [2]int{0, 1}}
	s.flags = func(f flagSet) {
		f.Var(&span, "for", "")
		f.StringVar(&a.Why, "why", "", "")
		f.StringVar(&a.Ports, "ports", "", "")
		f.BoolVar(&a.Force, "force", false, "")
		f.BoolVar(&list, "list", false, "")
	}
	s.run = func(q *question) error {
		switch {
		case list && len(q.args) == 0:
			return q.allowed()
		case list:
			return misused("-list takes no address")
		case len(q.args) == 0:
			return misused("which source? an address or a prefix is missing")
		case span == 0:
			return misused("until when? -for 24h is missing")
		case strings.TrimSpace(a.Why) == "":
			return misused("why? -why TEXT is missing")
		}
		src, err := control.ParseSource(q.args[0])
		if err != nil {
			return misused("%v", err)
		}
		a.Source, a.For = sourceText(src), control.Duration(span)
		made, err := q.client.Allow(q.ctx, a)
		if err != nil {
			return err
		}
		if q.json {
			return q.writeJSON(made)
		}
		q.printf("%s is expected until %s: %s\n", shown(made.Source), q.until(&made), shown(made.Why))
		return nil
	}
	return ask(s, args, stdout, stderr)
}

// sourceText is an address, or a prefix of more than one.
func sourceText(p netip.Prefix) string {
	if p.IsSingleIP() {
		return p.Addr().String()
	}
	return p.String()
}

func (q *question) until(a *control.Allowance) string {
	if a.Expires == nil {
		return "its line is removed"
	}
	return q.look.full(*a.Expires)
}

func (q *question) allowed() error {
	list, err := q.client.Allowed(q.ctx)
	if err != nil {
		return err
	}
	if q.json {
		for i := range list {
			if err := q.writeJSON(list[i]); err != nil {
				return err
			}
		}
		return nil
	}
	if len(list) == 0 {
		q.note("nobody is expected")
		return nil
	}
	t := newTable("SOURCE", "PORTS", "UNTIL", "FROM", "WHY")
	for _, a := range list {
		t.add(a.Source, a.Ports, q.until(&a), a.Origin, a.Why)
	}
	t.write(q.out)
	return nil
}

const disallowUsage = `usage: klaxonctl disallow [-json] [-socket FILE] ADDR|PREFIX|ID

Ends what klaxonctl allow began. What the configuration expects is removed there.
It ends with 1 when there was nothing of the kind.
`

func runDisallow(args []string, stdout, stderr io.Writer) int {
	s := spec{name: "disallow", usage: disallowUsage, args: [2]int{1, 1}}
	s.run = func(q *question) error {
		what := q.args[0]
		if src, err := control.ParseSource(what); err == nil {
			what = sourceText(src)
		}
		gone, err := q.client.Disallow(q.ctx, what)
		if err != nil {
			return err
		}
		for i := range gone {
			if q.json {
				if err := q.writeJSON(gone[i]); err != nil {
					return err
				}
			} else {
				q.printf("%s is expected no longer\n", shown(gone[i].Source))
			}
		}
		if len(gone) == 0 {
			q.note("%s is not expected", shown(what))
			return errNo
		}
		return nil
	}
	return ask(s, args, stdout, stderr)
}

const learnUsage = `usage: klaxonctl learn [-for 24h] [-json] [-socket FILE]

Has klaxond watch for a time and propose lines for its configuration: sources
that do the same again and again, as backup, monitoring and scanners of your own
do. Nothing is muted. Without -for it shows what it came to so far.
`

func runLearn(args []string, stdout, stderr io.Writer) int {
	var span length
	s := spec{name: "learn", usage: learnUsage}
	s.flags = func(f flagSet) { f.Var(&span, "for", "") }
	s.run = func(q *question) error {
		l, err := q.client.Learn(q.ctx, time.Duration(span))
		if err != nil {
			return err
		}
		if q.json {
			return q.writeJSON(l)
		}
		q.lesson(&l)
		return nil
	}
	return ask(s, args, stdout, stderr)
}

func (q *question) lesson(l *control.Lesson) {
	for _, line := range l.Lines {
		q.printf("%s\n", shown(line))
	}
	switch {
	case l.Running:
		q.note("still watching; nothing is muted, and %s so far", amount(len(l.Lines), "line is proposed", "lines are proposed"))
	case len(l.Lines) == 0:
		q.note("nothing is proposed; to watch for a day: klaxonctl learn -for 24h")
	}
}
