package policy

import (
	"cmp"
	"net/netip"
	"slices"
	"strings"
	"time"

	"klaxon"
)

// LearnMax is how long may be learned at once.
const LearnMax = 31 * 24 * time.Hour

// Learner watches alarms for a time and proposes rules for those who rang: a person
// decides. Only sources inside that proved their addresses are proposed, for a rule
// about anybody else would be for whoever forges his address. Use NewLearner.
type Learner struct {
	until time.Time
	told  bool
	seen  map[netip.Addr]*lesson
	more  int // sources for which there was no room
}

// lesson is what one source did.
type lesson struct {
	alarms   int
	last     klaxon.Scan // techniques and services of all its alarms
	services []ServiceRange
	many     bool // services are not all of them
	mac      [6]byte
	roles    []Role // those that show all that it did
}

// NewLearner returns one that learns until a time.
func NewLearner(until time.Time) *Learner {
	return &Learner{until: until, seen: make(map[netip.Addr]*lesson)}
}

// Over tells whether the time is over.
func (l *Learner) Over(now time.Time) bool { return !now.Before(l.until) }

// Finish is true once, when the time is over.
func (l *Learner) Finish(now time.Time) bool {
	if l.told || !l.Over(now) {
		return false
	}
	l.told = true
	return true
}

// Alarm takes note of an alarm that is over, until the time is.
func (l *Learner) Alarm(a *klaxon.Alarm) {
	if a.Event != klaxon.EventClose || l.Over(a.Time) || a.Zone != klaxon.ZoneInside || a.Proof == klaxon.ProofNone || !a.Source.Addr.IsValid() ||
		slices.Contains(a.Marks, klaxon.MarkExpected) || slices.Contains(a.Marks, klaxon.MarkDrill) {
		return
	}
	addr := plain(a.Source.Addr)
	x := l.seen[addr]
	if x == nil {
		if len(l.seen) >= learnSources {
			l.more++
			return
		}
		x = &lesson{roles: slices.Clone(roleOrder)}
		l.seen[addr] = x
	}
	x.add(a)
}

func (x *lesson) add(a *klaxon.Alarm) {
	x.alarms++
	if a.Proof == klaxon.ProofOnLink {
		x.mac = a.Source.MAC
	}
	x.last.Techniques = union(x.last.Techniques, a.Techniques)
	x.many = x.many || a.Targets.More || a.Targets.Services > ruleServices
	for p := range portsOf(&a.Targets) {
		if len(x.services) >= learnServices {
			x.many = true
			break
		}
		if r := (ServiceRange{p.Transport, p.Number, p.Number}); !slices.Contains(x.services, r) {
			x.services = append(x.services, r)
		}
	}
	x.roles = slices.DeleteFunc(x.roles, func(r Role) bool {
		c := conducts[r]
		if c.breach(&a.Scan) != "" {
			return true
		}
		_, found := stranger(&a.Targets, c.services)
		return c.services != nil && (found || x.many)
	})
}

// roleOrder has the roles that may do least first.
var roleOrder = []Role{RolePrinting, RoleBackup, RoleMonitoring, RoleEDR, RoleScanner}

// Rules are the proposals, the one that rang most first. They have no reason yet,
// which Check wants.
func (l *Learner) Rules() []Rule {
	addrs := make([]netip.Addr, 0, len(l.seen))
	for a := range l.seen {
		addrs = append(addrs, a)
	}
	slices.SortFunc(addrs, func(a, b netip.Addr) int {
		return cmp.Or(cmp.Compare(l.seen[b].alarms, l.seen[a].alarms), a.Compare(b))
	})
	var list []Rule
	for _, a := range addrs {
		x := l.seen[a]
		r := Rule{Sources: []netip.Prefix{netip.PrefixFrom(a, a.BitLen())}, MAC: x.mac}
		if len(x.roles) > 0 {
			r.Role = x.roles[0]
		}
		if !x.many && (r.Role == "" || conducts[r.Role].services == nil) {
			r.Services = adjoin(x.services)
		}
		list = append(list, r)
	}
	return list
}

// TOML writes the proposals for klaxon.toml, each with an empty reason, which is
// an error there until somebody completes it.
func (l *Learner) TOML() string {
	var b strings.Builder
	for _, r := range l.Rules() {
		x := l.seen[r.Sources[0].Addr()]
		b.WriteString("# rang " + times(x.alarms) + ", by " + techniques(x.last.Techniques) + "; complete the reason if you know who it is\n")
		b.WriteString(r.TOML() + "\n")
	}
	if l.more > 0 {
		b.WriteString("# alarms of more sources than are remembered: " + times(l.more) + "\n")
	}
	return b.String()
}

func times(n int) string {
	if n == 1 {
		return "once"
	}
	return amount(uint64(n), true, "", "") + " times"
}

func techniques(list []klaxon.Technique) string {
	words := make([]string, len(list))
	for i, t := range list {
		words[i] = string(t)
	}
	return strings.Join(words, ", ")
}

// adjoin joins neighbouring services to ranges.
func adjoin(list []ServiceRange) (out []ServiceRange) {
	slices.SortFunc(list, func(a, b ServiceRange) int {
		return cmp.Or(cmp.Compare(a.Transport, b.Transport), cmp.Compare(a.First, b.First))
	})
	for _, r := range list {
		if n := len(out); n > 0 && out[n-1].Transport == r.Transport && int(r.First) <= int(out[n-1].Last)+1 {
			out[n-1].Last = max(out[n-1].Last, r.Last)
			continue
		}
		out = append(out, r)
	}
	return out
}
