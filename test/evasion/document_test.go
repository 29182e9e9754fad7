package evasion

import (
	"fmt"
	"strings"
)

// The bars of the project: the most ports of one host that one source without
// privileges may learn unseen in a day, and 20 sources together.
const (
	barOne  = 7
	barMany = 200
)

// record is what a full search leaves behind.
type record struct {
	Seed       uint64
	Plays      int // of each family, at least
	Strategies int
	Best       []found // of which no alarm told
	Unseen     []found // of which not even a suspicion was told
}

const head = `# The price of evasion

Written by ` + "`KLAXON_SOAK=1 go test ./test/evasion -run Evasion -update`" + `; never edited by hand. The test plays
%d strategies (seed %d) past the detector, each for a day of virtual time, on hosts of which everybody knows
five services (443, 80, 22, 25, 993). It draws them at random family by family, crosses the best, and gives
each as many ports as it gets away with. A shorter search and a part of the table are checked by every test run.

A port is *learned* when its answer, or a silence that means something, told the source whether it is open. The
known services do not count. A scan is *unseen* when the source was not even a ` + "`suspect`" + ` in that day, as
` + "`tocsin -v`" + ` tells them; it is *untold* when no alarm of confidence ` + "`established`" + ` or better named it, which is what
is reported by default: a kernel's connections ring from ten refusals on, and are suspect from five.
%d means all that were tried. ` + "`packets`" + ` and ` + "`connections`" + ` are what a port costs the source, padding included.
Open ports beyond ten a host, hosts without ports (ping, ARP), and ACK scans, which tell no open port from a closed
one, are not part of it.

`

// document writes the record for people.
func (r *record) document() string {
	var b strings.Builder
	fmt.Fprintf(&b, head, r.Strategies, r.Seed, most)
	b.WriteString("## What was wanted\n\n")
	bars(&b, "unseen", r.Unseen)
	bars(&b, "untold", r.Best)
	b.WriteString("\nports: of one host, learned by one source in a day (by all of them together for several sources).\n")
	table(&b, "Unseen: the best of each family", r.Unseen)
	table(&b, "Untold: the best of each family", r.Best)
	return b.String()
}

func table(b *strings.Builder, title string, best []found) {
	fmt.Fprintf(b, "\n## %s\n\n", title)
	b.WriteString("| family | how | privilege | ports | packets | connections | what tells the next step |\n|---|---|---|--:|--:|--:|---|\n")
	for i := range best {
		b.WriteString(best[i].row())
	}
}

// bars says whether they are met.
func bars(b *strings.Builder, what string, best []found) {
	one, many := &found{}, &found{}
	for i := range best {
		switch f := &best[i]; {
		case f.Strategy.privileged():
		case f.Strategy.Sources > 1:
			many = worse(many, f)
		default:
			one = worse(one, f)
		}
	}
	fmt.Fprintf(b, "- One source without privileges learns at most %d ports of a host in a day %s: %s; %d by “%s”.\n", barOne, what, met(one.rate() <= barOne), one.rate(), one.Strategy.Family)
	fmt.Fprintf(b, "- Twenty such sources together learn at most %d %s: %s; %d by “%s”.\n", barMany, what, met(many.rate() <= barMany), many.rate(), many.Strategy.words())
}

func worse(a, b *found) *found {
	if b.rate() > a.rate() {
		return b
	}
	return a
}

func met(yes bool) string {
	if yes {
		return "**met**"
	}
	return "**not met**"
}

// row is one line of the table.
func (f *found) row() string {
	s := &f.Strategy
	who := "none"
	if s.privileged() {
		who = "raw packets"
	}
	stopped := f.Stopped
	if stopped == "" {
		stopped = "nothing"
		if f.Result.Learned < most && s.Sources == 1 {
			stopped = "nothing but the length of the day"
		}
	}
	how := s.words()
	if f.rate() == 0 {
		how, stopped = "each was told", "every one"
	}
	total := float64(max(f.Result.Total, 1))
	return fmt.Sprintf("| %s | %s | %s | %d | %.1f | %.1f | %s |\n", s.Family, how, who, f.rate(), f.price(), float64(f.Result.Connections)/total, stopped)
}
