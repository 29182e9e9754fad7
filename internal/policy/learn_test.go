package policy

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"klaxon"
)

// ended is an alarm that is over.
func ended(s klaxon.Scan) *klaxon.Alarm {
	s.Zone = Zones{}.Of(s.Source.Addr)
	return &klaxon.Alarm{Event: klaxon.EventClose, Time: morning, Scan: s}
}

func TestLearner(t *testing.T) {
	l := NewLearner(morning.Add(time.Hour))
	backup := touching("192.168.1.9", 0, 873, 9102)
	for range 3 {
		l.Alarm(ended(backup))
	}
	odd := touching("192.168.1.8", 0, 23, 24, 25, 40000)
	odd.Techniques = []klaxon.Technique{klaxon.Connect, klaxon.Maimon}
	odd.Source.MAC, odd.Proof = [6]byte{2, 5: 9}, klaxon.ProofOnLink
	l.Alarm(ended(odd))
	scanner := touching("192.168.1.7", 0)
	scanner.Shape, scanner.Targets = klaxon.ShapeBlock, klaxon.Targets{Hosts: 200, Services: 2000, TCP: []klaxon.PortRange{{First: 1, Last: 2000}}}
	l.Alarm(ended(scanner))
	l.Alarm(ended(scanner))

	for _, not := range []func(*klaxon.Alarm){
		func(a *klaxon.Alarm) { a.Event = klaxon.EventUpdate },
		func(a *klaxon.Alarm) { a.Zone = klaxon.ZoneOutside },
		func(a *klaxon.Alarm) { a.Proof = klaxon.ProofNone },
		func(a *klaxon.Alarm) { a.Marks = []klaxon.Mark{klaxon.MarkExpected} },
		func(a *klaxon.Alarm) { a.Marks = []klaxon.Mark{klaxon.MarkDrill} },
		func(a *klaxon.Alarm) { a.Source.Addr = netip.Addr{} },
		func(a *klaxon.Alarm) { a.Time = morning.Add(time.Hour) },
	} {
		a := ended(touching("192.168.1.66", 0, 23))
		not(a)
		l.Alarm(a)
	}
	const want = `# rang 3 times, by connect; complete the reason if you know who it is
[[allow]]
address = ["192.168.1.9"]
role = "backup"
reason = ""

# rang 2 times, by connect; complete the reason if you know who it is
[[allow]]
address = ["192.168.1.7"]
role = "vulnerability-scanner"
reason = ""

# rang once, by connect, maimon; complete the reason if you know who it is
[[allow]]
address = ["192.168.1.8"]
mac = "02:00:00:00:00:09"
services = ["tcp/23-25", "tcp/40000"]
reason = ""

`
	if got := l.TOML(); got != want {
		t.Errorf("proposed\n%s\nwant\n%s", got, want)
	}
	for _, r := range l.Rules() {
		if r.Check() == nil {
			t.Errorf("a rule without a reason is good: %+v", r)
		}
		r.Reason = "known"
		if err := r.Check(); err != nil {
			t.Errorf("%+v: %v", r, err)
		}
	}
	if l.Finish(morning) || !l.Finish(morning.Add(time.Hour)) || l.Finish(morning.Add(time.Hour)) {
		t.Error("it does not finish once")
	}
}

// TestLearnedRuleIsQuiet: with what was proposed, the same is quiet.
func TestLearnedRuleIsQuiet(t *testing.T) {
	for name, s := range map[string]klaxon.Scan{
		"backup": touching(pc, 0, 873, 9102), "odd": touching(pc, 0, 23, 7777), "one": touching(pc, 0, 512), "printing": touching(pc, 0, 631, 9100),
	} {
		l := NewLearner(morning.Add(time.Hour))
		l.Alarm(ended(s))
		rules := l.Rules()
		rules[0].Reason = "known"
		d := newCalmDesk(t, rules...)
		d.judge(k1, s, 0)
		if a := d.last(); !a.Quiet {
			t.Errorf("%s: %s", name, a.Why)
		}
	}
}

func TestLearnerIsBounded(t *testing.T) {
	l := NewLearner(morning.Add(time.Hour))
	for n := range 2 * learnSources {
		s := touching(fmt.Sprintf("10.1.%d.%d", n>>8, n&255), 0)
		s.Targets.TCP, s.Targets.Services = []klaxon.PortRange{{First: 1, Last: 65535}}, 65535
		l.Alarm(ended(s))
	}
	if len(l.seen) != learnSources || !strings.HasSuffix(l.TOML(), "# alarms of more sources than are remembered: 256 times\n") {
		t.Errorf("%d sources are remembered", len(l.seen))
	}
	for _, x := range l.seen {
		if len(x.services) > learnServices {
			t.Fatalf("%d services of a source are remembered", len(x.services))
		}
	}
}
