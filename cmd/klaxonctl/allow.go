package main

import (
	"io"
	"net/netip"
	"strings"
	"time"

	"klaxon/internal/control"
)

const allowUsage = `usage: klaxonctl allow -for 24h -why TEXT [-role ROLE] [-services LIST]
                       [-hours HOURS] [-days LIST] [-mac MAC] [-force] [-json]
                       [-socket FILE] [ADDR|PREFIX]
       klaxonctl allow -list [-json] [-socket FILE]

Expects a source for a while: what it does is recorded and told in the summary,
but rings no more, unless it does what it never did before. What is expected for
good belongs into klaxond's configuration ([[allow]] in klaxon.toml(5)).

What scans many services wants a role: without one, each trap that it did not
touch before rings.

  -for TIME       for how long: 30m, 24h, 7d
  -why TEXT       the reason, for whoever reads the list later
  -role ROLE      what it is: backup, edr-discovery, monitoring, printing or
                  vulnerability-scanner, which may try everything; what the role
                  does not do rings
  -services LIST  these services alone, such as tcp/22,80 or udp or ssh; -ports
                  says the same
  -hours HOURS    in these hours alone, local time, such as 22:00-06:00
  -days LIST      on these days alone, such as sat,sun
  -mac MAC        with this hardware address, or without ADDR whoever has it
  -force          allow a prefix wider than /16, or /48 of IPv6
  -list           list what is expected
  -socket FILE    where klaxond listens
`

// blanks puts blanks between the words of a list.
func blanks(list string) string {
	return strings.Join(strings.Fields(strings.ReplaceAll(list, ",", " ")), " ")
}

func runAllow(args []string, stdout, stderr io.Writer) int {
	var a control.Allowance
	var span length
	var list bool
	s := spec{name: "allow", usage: allowUsage, args: [2]int{0, 1}}
	s.flags = func(f flagSet) {
		f.Var(&span, "for", "")
		f.StringVar(&a.Why, "why", "", "")
		f.StringVar(&a.Ports, "services", "", "")
		f.StringVar(&a.Ports, "ports", "", "")
		f.StringVar(&a.Role, "role", "", "")
		f.StringVar(&a.Hours, "hours", "", "")
		f.StringVar(&a.Days, "days", "", "")
		f.StringVar(&a.MAC, "mac", "", "")
		f.BoolVar(&a.Force, "force", false, "")
		f.BoolVar(&list, "list", false, "")
	}
	s.run = func(q *question) error {
		switch {
		case list && len(q.args) == 0:
			return q.allowed()
		case list:
			return misused("-list takes no address")
		case len(q.args) == 0 && a.MAC == "":
			return misused("which source? an address, a prefix or -mac is missing")
		case span == 0:
			return misused("until when? -for 24h is missing")
		case strings.TrimSpace(a.Why) == "":
			return misused("why? -why TEXT is missing")
		}
		if len(q.args) > 0 {
			src, err := control.ParseSource(q.args[0])
			if err != nil {
				return misused("%v", err)
			}
			a.Source = sourceText(src)
		}
		a.Days, a.For = blanks(a.Days), control.Duration(span)
		made, err := q.client.Allow(q.ctx, a)
		if err != nil {
			return err
		}
		if q.json {
			return q.writeJSON(made)
		}
		as := ""
		if made.Role != "" {
			as = " as " + shown(made.Role)
		}
		q.printf("%s is expected%s until %s: %s\n", shown(made.Source), as, q.until(&made), shown(made.Why))
		if made.Role == "" && made.Ports == "" {
			q.note("each trap after its first that it did not touch before rings; what scans many services wants -role vulnerability-scanner")
		}
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

// expectedOf is what of a source is expected, beside whatever it does.
func expectedOf(a *control.Allowance) string {
	s := strings.TrimSpace(a.Ports + " " + a.Hours)
	s = strings.TrimSpace(s + " " + a.Days)
	if a.Role != "" {
		s = strings.TrimSpace(s + " as " + a.Role)
	}
	return s
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
	t := newTable("SOURCE", "WHAT", "UNTIL", "FROM", "WHY")
	for i := range list {
		a := &list[i]
		t.add(a.Source, expectedOf(a), q.until(a), a.Origin, a.Why)
	}
	t.write(q.out)
	return nil
}

const disallowUsage = `usage: klaxonctl disallow [-json] [-socket FILE] ADDR|PREFIX|MAC

Ends what klaxonctl allow began. What the configuration expects is removed there.
It ends with 1 when there was nothing of the kind.
`

func runDisallow(args []string, stdout, stderr io.Writer) int {
	s := spec{name: "disallow", usage: disallowUsage, args: [2]int{1, 1}, want: "an address, a prefix or a hardware address"}
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
do. Nothing is muted. Without -for it shows what it came to so far; with it, it
begins anew.
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
		q.lesson(&l, span > 0)
		return nil
	}
	return ask(s, args, stdout, stderr)
}

func (q *question) lesson(l *control.Lesson, anew bool) {
	for _, line := range l.Lines {
		q.printf("%s\n", shown(line))
	}
	switch {
	case l.Running:
		how, until := "still watching", ""
		if anew {
			how = "what was watched before counts no more; watching"
		}
		if l.Until != nil {
			until = " until " + q.look.full(*l.Until)
		}
		q.note("%s%s; nothing is muted, and %s so far", how, until, amount(len(l.Lines), "line is proposed", "lines are proposed"))
	case len(l.Lines) == 0:
		q.note("nothing is proposed; to watch for a day: klaxonctl learn -for 24h")
	}
}
