package policy

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"klaxon"
)

const pc = "192.168.1.7"

var host = netip.MustParseAddr("192.168.1.2")

// newCalmDesk is a desk of a daemon, with traps at 23, 25 and 512.
func newCalmDesk(t *testing.T, rules ...Rule) *desk {
	d := newDesk(t)
	cfg := d.cfg
	cfg.Calm, cfg.Seed = true, 1
	cfg.Look = func(k Key) Look { return d.looks[k] }
	d.looks = map[Key]Look{}
	d.Alarms = NewAlarms(cfg)
	d.SetAllow(NewAllowList(rules))
	d.SetLocal([]netip.Addr{host})
	d.SetTraps([]klaxon.Port{{Transport: klaxon.TCP, Number: 23}, {Transport: klaxon.TCP, Number: 25}, {Transport: klaxon.TCP, Number: 512}})
	return d
}

// touching is a proven touch of services of this host.
func touching(source string, at int64, ports ...uint16) klaxon.Scan {
	s := scan(source, at)
	s.First = s.Last
	s.Techniques, s.Shape = []klaxon.Technique{klaxon.Connect}, klaxon.ShapeTouch
	s.Proof, s.Confidence, s.Probes = klaxon.ProofHandshake, klaxon.Proven, uint64(len(ports))
	s.Targets = klaxon.Targets{Hosts: 1, Services: len(ports), Dst: []netip.Addr{host}}
	for _, p := range ports {
		s.Targets.TCP = append(s.Targets.TCP, klaxon.PortRange{First: p, Last: p})
	}
	if len(ports) > 1 {
		s.Shape = klaxon.ShapeVertical
	}
	return s
}

func forPC(change func(*Rule)) Rule {
	r := Rule{Sources: []netip.Prefix{netip.MustParsePrefix(pc + "/32")}, Reason: "a reason"}
	change(&r)
	return r
}

// TestWhatRings: what a rule covers is quiet, and what it does not rings in full,
// with what was new.
func TestWhatRings(t *testing.T) {
	mac, other := [6]byte{2, 0, 0, 0, 0, 1}, [6]byte{2, 0, 0, 0, 0, 2}
	noon := time.Unix(0, begin).UTC() // a Sunday
	for _, c := range []struct {
		name string
		rule Rule
		scan func(*klaxon.Scan)
		news string // "" quiet
	}{
		{"as it is", forPC(func(*Rule) {}), nil, ""},
		{"its network", Rule{Sources: []netip.Prefix{netip.MustParsePrefix("192.168.1.0/24")}}, nil, ""},
		{"its MAC", Rule{MAC: mac}, nil, ""},
		{"address and MAC", forPC(func(r *Rule) { r.MAC = mac }), nil, ""},
		{"another MAC", forPC(func(r *Rule) { r.MAC = other }), nil, "its hardware address is 02:00:00:00:00:01 and not 02:00:00:00:00:02"},
		{"an unknown MAC", forPC(func(r *Rule) { r.MAC = other }), func(s *klaxon.Scan) { s.Source.MAC = [6]byte{} }, ""},
		{"its service", forPC(func(r *Rule) { r.Services = tcp(23) }), nil, ""},
		{"another service", forPC(func(r *Rule) { r.Services = tcp(22, 24) }), nil, "tcp/23 is none of its services"},
		{"the other transport", forPC(func(r *Rule) { r.Services = udp(23) }), nil, "tcp/23 is none of its services"},
		{"its hours", forPC(func(r *Rule) { r.From, r.To = 12*60, 12*60+1 }), nil, ""},
		{"hours over", forPC(func(r *Rule) { r.From, r.To = 11*60, 12*60 }), nil, "it came at Sun 12:00, outside its hours"},
		{"hours over midnight", forPC(func(r *Rule) { r.From, r.To = 22*60, 12*60+1; r.Days = 1 << time.Saturday }), nil, ""},
		{"of another day", forPC(func(r *Rule) { r.From, r.To = 22*60, 12*60+1; r.Days = 1 << time.Sunday }), nil, "outside its hours"},
		{"its day", forPC(func(r *Rule) { r.Days = 1 << time.Sunday }), nil, ""},
		{"another day", forPC(func(r *Rule) { r.Days = 1<<time.Monday | 1<<time.Saturday }), nil, "outside its hours"},
		{"its role", forPC(func(r *Rule) { r.Role = RoleMonitoring }), func(s *klaxon.Scan) { s.Targets.TCP[0] = klaxon.PortRange{First: 22, Last: 22} }, ""},
		{"a service of no role", forPC(func(r *Rule) { r.Role = RoleMonitoring }), nil, "tcp/23 is none of its services"},
		{"but the rule's", forPC(func(r *Rule) { r.Role, r.Services = RoleMonitoring, tcp(23) }), nil, ""},
		{"a technique", forPC(func(r *Rule) { r.Role, r.Services = RoleMonitoring, tcp(23) }),
			func(s *klaxon.Scan) { s.Techniques = append(s.Techniques, klaxon.Xmas) }, "monitoring does not use xmas"},
		{"a shape", forPC(func(r *Rule) { r.Role = RoleScanner }), func(s *klaxon.Scan) { s.Shape = klaxon.ShapeFlood }, "vulnerability-scanner shows no flood"},
		{"services", forPC(func(r *Rule) { r.Role, r.Services = RoleBackup, tcp(23) }),
			func(s *klaxon.Scan) { s.Targets.Services = 17 }, "backup has a use for 16 services at most, and it looked for 17"},
		{"pace", forPC(func(r *Rule) { r.Role, r.Services = RoleBackup, tcp(23) }),
			func(s *klaxon.Scan) { s.Probes, s.Last = 201, s.First.Add(10*time.Second) }, "backup makes 20 probes a second at most"},
		{"a good pace", forPC(func(r *Rule) { r.Role, r.Services = RoleBackup, tcp(23) }),
			func(s *klaxon.Scan) { s.Probes, s.Last = 200, s.First.Add(10*time.Second) }, ""},
		{"everybody", Rule{Force: true}, nil, ""},
		{"until later", forPC(func(r *Rule) { r.Until = noon.Add(time.Second) }), nil, ""},
	} {
		c.rule.Reason = "a reason"
		if err := c.rule.Check(); err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
		d := newCalmDesk(t, c.rule)
		s := touching(pc, 0, 23)
		s.Source.MAC = mac
		if c.scan != nil {
			c.scan(&s)
		}
		d.judge(k1, s, 0)
		d.Close(begin + second)
		expected := c.news == ""
		for _, a := range d.told {
			want := "a reason"
			if !expected {
				want = "; it is expected (a reason), but "
			}
			if a.Quiet != expected || slices.Contains(a.Marks, klaxon.MarkExpected) != expected || (a.Severity == 1) != expected || !strings.Contains(a.Why, want) || !strings.Contains(a.Why, c.news) {
				t.Errorf("%s: %s quiet %v, severity %d, %v: %s", c.name, a.Event, a.Quiet, a.Severity, a.Marks, a.Why)
			}
		}
	}
	for _, r := range []Rule{
		forPC(func(r *Rule) { r.Until = noon }),
		{Sources: []netip.Prefix{netip.MustParsePrefix("192.168.1.8/32")}, Reason: "somebody else"},
		{MAC: other, Reason: "another host"},
	} {
		d := newCalmDesk(t, r)
		s := touching(pc, 0, 23)
		s.Source.MAC = mac
		d.judge(k1, s, 0)
		if a := d.last(); a.Quiet || a.Severity != 5 || strings.Contains(a.Why, "expected") {
			t.Errorf("no rule: quiet %v, severity %d, %s", a.Quiet, a.Severity, a.Why)
		}
	}
}

// TestOneRuleIsEnough: of several about a source one must cover it.
func TestOneRuleIsEnough(t *testing.T) {
	d := newCalmDesk(t, forPC(func(r *Rule) { r.Services = tcp(22) }), forPC(func(r *Rule) { r.Services = tcp(23) }))
	d.judge(k1, touching(pc, 0, 23), 0)
	d.judge(k2, touching(pc, 0, 25), 0)
	if !d.told[0].Quiet || d.told[1].Quiet {
		t.Errorf("quiet: %v, %v", d.told[0].Quiet, d.told[1].Quiet)
	}
}

// TestHabits: a new trap rings once, a new hardware address as long as it is new.
func TestHabits(t *testing.T) {
	d := newCalmDesk(t, forPC(func(*Rule) {}))
	at, life := int64(0), uint32(0)
	visit := func(want string, mac byte, ports ...uint16) {
		t.Helper()
		at, life = at+5000, life+1
		k := Key{OfSource, 1, life}
		s := touching(pc, at, ports...)
		s.Source.MAC, d.looks[k] = [6]byte{2, 5: mac}, Look{OnLink: true}
		d.judge(k, s, at)
		d.tick(at + 4000)
		a := d.last()
		if a.Event != klaxon.EventClose || a.Quiet != (want == "") || !strings.Contains(a.Why, want) {
			t.Errorf("visit %d: %s quiet %v: %s", life, a.Event, a.Quiet, a.Why)
		}
	}
	visit("", 1, 23)
	visit("", 1, 23)
	visit("it never touched tcp/25 while it was expected", 1, 23, 25)
	visit("", 1, 25)
	visit("", 1, 80, 25) // no trap
	visit("was 02:00:00:00:00:01", 2, 23)
	visit("", 2, 23)
	data := d.Memory()
	e := newCalmDesk(t, forPC(func(*Rule) {}))
	if err := e.Recall(data); err != nil {
		t.Fatal(err)
	}
	e.SetLocal([]netip.Addr{host})
	e.SetTraps([]klaxon.Port{{Transport: klaxon.TCP, Number: 512}, {Transport: klaxon.TCP, Number: 25}})
	d = e
	visit("", 2, 25)
	visit("it never touched tcp/512 while it was expected", 2, 512)
}

// TestNewTrapOfAnOpenAlarm: whoever is expected and goes on to another trap rings
// within seconds.
func TestNewTrapOfAnOpenAlarm(t *testing.T) {
	d := newCalmDesk(t, forPC(func(*Rule) {}))
	s := touching(pc, 0, 23)
	d.judge(k1, s, 0)
	for at := int64(1); at < 20; at++ {
		s = touching(pc, at, 22, 23)
		if at >= 10 {
			s = touching(pc, at, 22, 23, 512)
		}
		d.judge(k1, s, at)
	}
	for _, a := range d.told {
		late := (a.Time.UnixNano()-begin)/second >= 10
		if a.Quiet == late {
			t.Errorf("%s at %v: quiet %v: %s", a.Event, a.Time, a.Quiet, a.Why)
		}
	}
	if a := d.last(); a.Quiet || a.Severity != 5 || slices.Contains(a.Marks, klaxon.MarkExpected) || a.Time.UnixNano() > begin+13*second {
		t.Errorf("%s at %v, quiet %v, severity %d, %v", a.Event, a.Time, a.Quiet, a.Severity, a.Marks)
	}
}

// TestHoursRunOver: what began in time may last a little longer.
func TestHoursRunOver(t *testing.T) {
	d := newCalmDesk(t, forPC(func(r *Rule) { r.From, r.To = 11*60, 12*60+10 }))
	s := touching(pc, 0, 23)
	for at := int64(0); at < 5000; at += 300 {
		s.Last = time.Unix(0, begin+at*second)
		s.Probes++
		d.judge(k1, s, at)
		if quiet := d.last().Quiet; quiet != (at < 3600) {
			t.Fatalf("after %d s: quiet %v", at, quiet)
		}
	}
}

// TestGuestsAreBounded, and whoever is new makes room for nobody by forging.
func TestGuestsAreBounded(t *testing.T) {
	d := newCalmDesk(t, Rule{Sources: []netip.Prefix{netip.MustParsePrefix("192.168.0.0/16")}, Reason: "all"})
	for n := range 2 * guestsMax {
		s := touching(fmt.Sprintf("192.168.%d.%d", 1+n>>8, n&255), int64(n), 23)
		d.judge(Key{OfSource, uint32(n), 1}, s, int64(n))
	}
	if n := len(d.calm.guests); n != guestsMax {
		t.Errorf("%d guests are remembered", n)
	}
	before := len(d.calm.guests)
	s := touching("192.168.99.99", 9999, 23)
	s.Proof, s.Confidence = klaxon.ProofNone, klaxon.Established
	d.judge(Key{OfSource, 99999, 1}, s, 9999)
	if d.calm.guests[netip.MustParseAddr("192.168.99.99")] != nil || len(d.calm.guests) != before {
		t.Error("a forged one is remembered")
	}
	var g guest
	d.calm.guests[netip.MustParseAddr(pc)] = &g
	all := touching(pc, 0)
	all.Targets.TCP = []klaxon.PortRange{{First: 1, Last: 65535}}
	v := visit{scan: &all, guest: &g, traps: func(klaxon.Port) bool { return true }}
	d.calm.guests.learn(&v)
	if len(g.traps) != guestTraps {
		t.Errorf("%d traps of a guest are remembered", len(g.traps))
	}
}

// TestSetAllow: an open alarm becomes quiet, and ends with the rule, of which those hear
// who heard of its beginning; what comes then rings.
func TestSetAllow(t *testing.T) {
	d := newCalmDesk(t)
	s := touching(pc, 0, 23)
	d.judge(k1, s, 0)
	d.SetAllow(NewAllowList([]Rule{forPC(func(*Rule) {})}))
	s.Tool.Name = "nmap"
	d.judge(k1, s, 40)
	d.tick(40 + 3)
	d.SetAllow(nil)
	s.Techniques = []klaxon.Technique{klaxon.Connect, klaxon.Syn}
	d.judge(k1, s, 400)
	d.want("open 0", "update 43", "close 43", "open 400")
	for i, want := range []struct {
		quiet    bool
		severity int
	}{{false, 5}, {true, 1}, {false, 1}, {false, 5}} {
		if a := d.told[i]; a.Quiet != want.quiet || a.Severity != want.severity || slices.Contains(a.Marks, klaxon.MarkExpected) != (want.severity == 1) {
			t.Errorf("%d: quiet %v, severity %d, %v", i, a.Quiet, a.Severity, a.Marks)
		}
	}
}

// TestQuietRecordsLeaveRoom: who is expected and made all the records that an alarm
// may have rings at once all the same.
func TestQuietRecordsLeaveRoom(t *testing.T) {
	d := newCalmDesk(t, forPC(func(r *Rule) { r.Role = RoleScanner }))
	d.judge(k1, touching(pc, 0, 23), 0)
	at := int64(0)
	for n := range 2 * recordsMax {
		at = int64(1000 * (n + 1) * (n + 1))
		s := touching(pc, at, 23)
		for i := range n % 14 {
			s.Techniques = append(s.Techniques, conducts[RoleScanner].techniques[i])
		}
		s.First = time.Unix(0, begin)
		d.judge(k1, s, at)
		d.tick(at + 3)
	}
	if len(d.told) != recordsMax-1 || !d.last().Quiet {
		t.Fatalf("%d records, quiet %v", len(d.told), d.last().Quiet)
	}
	s := touching(pc, at+1, 23)
	s.Techniques = []klaxon.Technique{klaxon.Maimon}
	d.judge(k1, s, at+1)
	d.judge(k1, s, at+2)
	if a := d.last(); a.Quiet || len(d.told) != recordsMax || a.Time.UnixNano() != begin+(at+1)*second {
		t.Errorf("%d records, the last at %v, quiet %v", len(d.told), a.Time, a.Quiet)
	}
}

// TestPassersByMakeRoom: a botnet does not push out what people heard of.
func TestPassersByMakeRoom(t *testing.T) {
	d := newCalmDesk(t)
	d.judge(k1, touching(pc, 0, 23), 0)
	for n := range 2 * openMax {
		d.judge(Key{OfSource, uint32(10 + n), 1}, touching(outside(n), int64(1+n/100), 23), int64(1+n/100))
	}
	if !d.Open(k1) || d.OpenCount() != openMax {
		t.Errorf("the alarm from inside is open: %v, of %d", d.Open(k1), d.OpenCount())
	}
}

// TestSetAllowAfterNews: what rang because a rule did not cover it is expected once
// another rule does; that it ended is told to those who heard that it began.
func TestSetAllowAfterNews(t *testing.T) {
	narrow, wide := forPC(func(r *Rule) { r.Services = tcp(22) }), forPC(func(r *Rule) { r.Services = tcp(22, 23) })
	d := newCalmDesk(t, narrow)
	s := touching(pc, 0, 23)
	d.judge(k1, s, 0)
	d.SetAllow(NewAllowList([]Rule{wide}))
	d.Close(begin + 50*second)
	d.want("open 0", "close 50")
	if a := d.last(); d.told[0].Quiet || a.Quiet || a.Severity != 1 || strings.Contains(a.Why, "none of its services") {
		t.Errorf("quiet %v, then %v, severity %d: %s", d.told[0].Quiet, a.Quiet, a.Severity, a.Why)
	}
}

// TestSetAllowOfOthers: a rule about somebody else takes no voice from an alarm that
// rings although its source is expected.
func TestSetAllowOfOthers(t *testing.T) {
	narrow := forPC(func(r *Rule) { r.Services = tcp(22) })
	d := newCalmDesk(t, narrow)
	d.judge(k1, touching(pc, 0, 23), 0)
	other := forPC(func(r *Rule) { r.Sources = []netip.Prefix{netip.MustParsePrefix("192.168.1.99/32")} })
	d.SetAllow(NewAllowList([]Rule{other, narrow}))
	d.Close(begin + 50*second)
	d.want("open 0", "close 50")
	if a := d.last(); a.Quiet || a.Severity != 5 || !strings.Contains(a.Why, "tcp/23 is none of its services") {
		t.Errorf("quiet %v, severity %d: %s", a.Quiet, a.Severity, a.Why)
	}
}

// TestSetAllowKnowsAll: the habit of who is expected from now on is all that is known
// of an open alarm, and not what of it was told so far.
func TestSetAllowKnowsAll(t *testing.T) {
	d := newCalmDesk(t)
	d.judge(k1, touching(pc, 0, 23), 0)
	d.known[k1] = touching(pc, 1, 23, 25) // of which nobody was told yet
	d.SetAllow(NewAllowList([]Rule{forPC(func(*Rule) {})}))
	d.judge(k1, touching(pc, 100, 23, 25), 100)
	d.tick(100 + 3)
	d.judge(k1, touching(pc, 200, 23, 25, 512), 200)
	d.want("open 0", "update 103", "update 200")
	if !d.told[1].Quiet || d.told[2].Quiet || !strings.HasSuffix(d.told[2].Why, "it never touched tcp/512 while it was expected") {
		t.Errorf("25: quiet %v; 512: quiet %v: %s", d.told[1].Quiet, d.told[2].Quiet, d.told[2].Why)
	}
}

func TestReason(t *testing.T) {
	at := time.Unix(0, begin)
	l := NewAllowList([]Rule{
		forPC(func(r *Rule) { r.Until, r.Reason = at, "over" }), {MAC: [6]byte{2}, Reason: "another"}, forPC(func(r *Rule) { r.Reason = "this one" }),
	})
	for addr, want := range map[string]string{pc: "this one", "::ffff:" + pc: "this one", outsider: ""} {
		if got := l.Reason(netip.MustParseAddr(addr), at); got != want {
			t.Errorf("%s: %q, want %q", addr, got, want)
		}
	}
	if got := (*AllowList)(nil).Reason(host, at); got != "" {
		t.Errorf("of no list: %q", got)
	}
}
