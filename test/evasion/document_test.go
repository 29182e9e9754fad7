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
	Best       []found
}

const head = `# The price of evasion

Written by ` + "`KLAXON_SOAK=1 go test ./test/evasion -run Evasion -update`" + `; never edited by hand. The test plays
%d strategies (seed %d) past the detector, each for a day of virtual time, on hosts of which everybody knows
five services (443, 80, 22, 25, 993). It draws them at random family by family, crosses the best, and gives
each as many ports as it gets away with. A shorter search and a part of the table are checked by every test run.

A port is *learned* when its answer, or a silence that means something, told the source whether it is open, and
no alarm of confidence ` + "`established`" + ` or better named the source in that day. The known services do not count.
%d means all that were tried. ` + "`packets`" + ` and ` + "`connections`" + ` are what a port costs the source, padding included.
Open ports beyond ten a host, hosts without ports (ping, ARP), and ACK scans, which tell no open port from a closed
one, are not part of it.

`

// document writes the record for people.
func (r *record) document() string {
	var b strings.Builder
	fmt.Fprintf(&b, head, r.Strategies, r.Seed, most)
	r.bars(&b)
	b.WriteString("\n## The best of each family\n\nports: of one host, learned by one source in a day (by all of them together for several sources).\n\n")
	b.WriteString("| family | how | privilege | ports | packets | connections | what tells the next step |\n|---|---|---|--:|--:|--:|---|\n")
	for i := range r.Best {
		b.WriteString(r.Best[i].row())
	}
	return b.String()
}

// bars says whether they are met.
func (r *record) bars(b *strings.Builder) {
	one, many := &found{}, &found{}
	for i := range r.Best {
		switch f := &r.Best[i]; {
		case f.Strategy.privileged():
		case f.Strategy.Sources > 1:
			many = worse(many, f)
		default:
			one = worse(one, f)
		}
	}
	b.WriteString("## What was wanted\n\n")
	fmt.Fprintf(b, "- One source without privileges learns at most %d ports of a host in a day: %s; %d by “%s”.\n", barOne, met(one.rate() <= barOne), one.rate(), one.Strategy.Family)
	fmt.Fprintf(b, "- Twenty such sources together learn at most %d: %s; %d by “%s”.\n", barMany, met(many.rate() <= barMany), many.rate(), many.Strategy.words())
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
