package scenario

import (
	"fmt"
	"net/netip"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"klaxon/internal/synth"
	"klaxon/internal/track"
)

// toolFigures are what became of the runs of one set.
type toolFigures struct {
	name, tool            string
	runs                  int
	right, wrong, unnamed int
}

// recall is the share of the runs whose tool was named, precision that of the
// names that were right, both in tenths of a percent that are full.
func (f *toolFigures) recall() float64    { return share(f.right, f.runs) }
func (f *toolFigures) precision() float64 { return share(f.right, f.right+f.wrong) }

func share(part, of int) float64 { return float64(1000*part/max(of, 1)) / 10 }

// String is the line of a report.
func (f *toolFigures) String() string {
	if f.tool == "" {
		return fmt.Sprintf("%s: of %d runs %d were named, none may be", f.name, f.runs, f.wrong)
	}
	return fmt.Sprintf("%s: precision %.1f %%, recall %.1f %% of %d runs", f.name, f.precision(), f.recall(), f.runs)
}

// toolsText is the table of the page.
func toolsText(list []toolFigures) string {
	var b strings.Builder
	b.WriteString(toolsHead)
	for _, f := range list {
		tool, precision, recall := "none", "", ""
		if f.tool != "" {
			tool, precision, recall = f.tool, fmt.Sprintf("%.1f %%", f.precision()), fmt.Sprintf("%.1f %%", f.recall())
		}
		fmt.Fprintf(&b, "| %s | %s | %d | %d | %d | %d | %s | %s |\n", f.name, tool, f.runs, f.right, f.wrong, f.unnamed, precision, recall)
	}
	return b.String()
}

const toolsHead = `
## The tools by their names

Each set is a tool with other keys, targets, orders, paces, shapes and answers in
every run. What cannot be told is in none of them: over IPv6 there is neither the
identification that masscan computes nor the hop limit that nmap draws for its
datagrams; zmap since 4.1 shows itself in its SYNs alone; an ARP request is
anybody's; ACKs of hping3 are no evidence unless they are refused; and that a
connection was empty is known where both directions are seen. In all other sets a
quarter of the runs is seen in one direction.

| what is sent | the name wanted | runs | right | wrong | unnamed | precision | recall |
|---|---|---|---|---|---|---|---|
`

// toolSet is what a tool sends, in as many variants as play makes.
type toolSet struct {
	name, tool string
	versions   string // of IP
	bothWays   bool   // the sensor must see what is answered, too
	play       func(r *run)
}

// run is one user of a tool.
type run struct {
	*stage
	*site
	n      int // its ordinal
	from   *synth.Host
	to     []netip.Addr
	ports  []uint16
	common uint16 // a port that many hosts have open
	pace   time.Duration
	many   *synth.Host // has many ports open
}

// The runs of a set; several users scan one network in turn.
const (
	runsShort = 200
	runsLong  = 2000
	users     = 10
)

func runsOfTool() int {
	if os.Getenv("KLAXON_SOAK") != "" {
		return runsLong
	}
	return runsShort
}

// TestTools holds every fingerprint to a set of its own: all names are right, and
// of 100 runs at least 99 have one.
func TestTools(t *testing.T) {
	for _, set := range toolSets() {
		t.Run(set.name, func(t *testing.T) {
			f := toolFigures{name: set.name, tool: set.tool}
			for story := 0; f.runs < runsOfTool(); story++ {
				for _, p := range set.story(uint64(story), &f) {
					if f.wrong+f.unnamed < problemsMax {
						t.Log(p)
					}
				}
			}
			t.Logf("FIGURE: %s", &f)
			if f.wrong > 0 || f.tool != "" && f.recall() < 99 {
				t.Errorf("%d of %d runs are named wrongly, %d are not named", f.wrong, f.runs, f.unnamed)
			}
			detected.figures(f)
		})
	}
}

func (p *page) figures(f toolFigures) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.tools = slices.DeleteFunc(p.tools, func(o toolFigures) bool { return o.name == f.name })
	p.tools = append(p.tools, f)
}

// story plays several runs to one detector, counts how they are named, and
// returns what is not as it should be.
func (set *toolSet) story(story uint64, f *toolFigures) (problems []string) {
	var sources []*synth.Host
	s := performOn(&stage{seed: story + 11, track: track.Config{Memory: track.MinMemory}}, scenario{set.name, func(s *stage) {
		x := set.network(s, story)
		for i := range users {
			r := s.newRun(x, i)
			sources = append(sources, r.from)
			set.play(r)
			s.Wait(time.Duration(1+s.Rand().IntN(60)) * time.Second)
		}
		s.Wait(time.Hour)
		s.detector.Advance(s.Now().UnixNano()) // the clock of a live run goes on
	}}, story+1000)
	for i, h := range sources {
		f.runs++
		switch names := s.namesOf(h.Addr); {
		case slices.ContainsFunc(names, func(n string) bool { return n != set.tool }):
			f.wrong++
			problems = append(problems, fmt.Sprintf("story %d, user %d, %s: named %v", story, i, h.Addr, names))
		case set.tool != "" && len(names) == 0:
			f.unnamed++
			problems = append(problems, fmt.Sprintf("story %d, user %d, %s: %s", story, i, h.Addr, s.saidOf(h.Addr)))
		default:
			f.right++
		}
	}
	return problems
}

// namesOf are the tools that were ever named of a source, be it one of several.
func (s *stage) namesOf(a netip.Addr) (names []string) {
	for _, x := range s.alarms {
		mine := x.Source.Addr == a || slices.Contains(x.Sources, a)
		if mine && x.Tool.Name != "" && !slices.Contains(names, x.Tool.Name) {
			names = append(names, x.Tool.Name)
		}
	}
	return names
}

func (s *stage) saidOf(a netip.Addr) string {
	text := "no alarm"
	for _, x := range s.alarms {
		if x.Source.Addr == a {
			text = fmt.Sprintf("%d probes, %v/%s, %s", x.Probes, x.Techniques, x.Shape, x.Why)
		}
	}
	return text
}

// network is a site whose hosts answer in all ways; every fourth story is seen in
// one direction only.
func (set *toolSet) network(s *stage, story uint64) *site {
	x := s.site4
	if strings.Contains(set.versions, "6") && story%3 == 2 {
		x = s.site6
	}
	l := x()
	l.mail.Rejects()
	for i := range 40 {
		h := l.LAN.Host()
		switch i % 8 {
		case 0:
			h.Firewalled()
		case 1:
			h.Rejects()
		case 2:
			h.Asleep()
		case 3:
			h.Runs(synth.Windows)
		}
		if i%8 != 2 {
			h.Open(80, 443)
		}
		if i == 39 {
			h.Open(synth.Ports(1, 400)...)
			l.db = h
		}
	}
	if story%4 == 3 && !set.bothWays {
		net := netip.MustParsePrefix(l.net)
		s.Hide = func(p *synth.Packet) bool { return net.Contains(p.Src) && !net.Contains(p.Dst) }
	}
	return l
}

// newRun draws a user with his targets.
func (s *stage) newRun(x *site, i int) *run {
	r := &run{stage: s, site: x, n: i, many: x.db, common: []uint16{80, 443}[s.Rand().IntN(2)]}
	paces := []time.Duration{100 * time.Microsecond, time.Millisecond, 10 * time.Millisecond, 100 * time.Millisecond, time.Second, 8 * time.Second}
	r.pace = paces[s.Rand().IntN(len(paces))]
	r.from = s.Host(r.address())
	if s.Rand().IntN(4) == 0 {
		r.from.NoReset()
	}
	first := 1 + s.Rand().IntN(150)
	switch r.n % 3 {
	case 0: // vertical
		hosts := []*synth.Host{x.web, x.wall, x.mail, x.db, x.pcs[0]}
		r.to, r.ports = addrs(hosts[s.Rand().IntN(len(hosts))]), synth.Ports(first, first+20+s.Rand().IntN(60))
	case 1: // sweep
		r.to, r.ports = x.all(1, 25+s.Rand().IntN(60)), []uint16{[]uint16{22, 23, 80, 443, 3389, 8080}[s.Rand().IntN(6)]}
	case 2: // block
		r.to, r.ports = x.all(1, 5+s.Rand().IntN(15)), synth.Ports(first, first+4+s.Rand().IntN(6))
	}
	return r
}

// address is another network for each user, and now and then one of ours.
func (r *run) address() string {
	inside := r.Rand().IntN(4) == 0
	switch {
	case r.version == "4" && inside:
		return fmt.Sprintf("10.0.0.%d", 200+r.n)
	case r.version == "4":
		return fmt.Sprintf("%d.%d.113.%d", 130+r.n, r.Rand().IntN(250), 1+r.Rand().IntN(250))
	case inside:
		return fmt.Sprintf("2001:db8:1::a%02d", r.n)
	}
	return fmt.Sprintf("2001:db8:%x:%x::%x", 0x7000+r.n, r.Rand().IntN(60000), 1+r.Rand().IntN(60000))
}
