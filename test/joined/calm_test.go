package joined

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"klaxon"
	"klaxon/internal/pipeline/detect"
	"klaxon/internal/policy"
	"klaxon/internal/synth"
	"klaxon/internal/track"
)

// calmHouse is a house whose alarms reach people, as klaxond has it.
func calmHouse(t *testing.T, s senses, ports []uint16, rules ...policy.Rule) *house {
	t.Helper()
	for i := range rules {
		rules[i].Reason = "a reason"
		if err := rules[i].Check(); err != nil {
			t.Fatal(err)
		}
	}
	h := newHouse(t, s, false, 1, ports)
	h.detector = detect.New(detect.Config{
		Track: track.Config{Memory: 64 << 20, Seed: 7}, Sensor: "house", Floor: klaxon.Established,
		Zone: policy.NewZones(nil, []netip.Prefix{netip.MustParsePrefix(lanOf(false))}).Of,
		Emit: func(a *klaxon.Alarm) { h.alarms = append(h.alarms, a) },
		Calm: true, List: policy.NewAllowList(rules), Wall: func(at int64) time.Time { return time.Unix(0, at).UTC() },
	})
	h.detector.SetLocal(h.host.Addrs())
	h.detector.SetConnected([]netip.Prefix{netip.MustParsePrefix(lanOf(false))})
	h.detector.SetTraps(trapsOf(ports), 0)
	return h
}

// until waits for an hour of the day.
func (h *house) until(hour int) {
	for h.rest(time.Minute); h.Now().Hour() != hour; {
		h.rest(time.Minute)
	}
}

// told forgets and returns what people were told since the last time, and fails
// when nothing was recorded.
func (h *house) told() (list []*klaxon.Alarm) {
	h.t.Helper()
	h.rest(30 * time.Minute)
	if len(h.alarms) == 0 {
		h.t.Error("nothing was recorded")
	}
	for _, a := range h.alarms {
		switch expected := slices.Contains(a.Marks, klaxon.MarkExpected); {
		case !a.Quiet && expected:
			h.t.Errorf("people are told of %s, which is expected: %s", a.Source.Addr, a.Why)
		case expected && a.Severity != 1:
			h.t.Errorf("%s is expected, and of severity %d", a.Source.Addr, a.Severity)
		case !a.Quiet:
			list = append(list, a)
		}
	}
	h.alarms = nil
	return list
}

func (h *house) quiet(what string) {
	h.t.Helper()
	for _, a := range h.told() {
		h.t.Errorf("%s: people are told: %s, %s of %s, severity %d: %s", what, a.Event, a.Shape, a.Source.Addr, a.Severity, a.Why)
	}
}

// rings wants people to be told of a source in full, with a reason.
func (h *house) rings(what string, source netip.Addr, severity int, why string) {
	h.t.Helper()
	list := h.told()
	if len(list) == 0 {
		h.t.Errorf("%s: nobody is told", what)
		return
	}
	for _, a := range list {
		if a.Source.Addr != source || a.Severity != severity || !strings.Contains(a.Why, "it is expected (a reason), but "+why) {
			h.t.Errorf("%s: %s of %s, severity %d: %s", what, a.Event, a.Source.Addr, a.Severity, a.Why)
		}
	}
}

var (
	theRule = func(h *synth.Host) []netip.Prefix { return []netip.Prefix{netip.PrefixFrom(h.Addr, 32)} }
	anyone  = netip.MustParsePrefix("10.0.0.101/32")
)

// TestEDR: a sensor on a PC that looks around is quiet as declared, and rings with a
// service, a technique or a hardware address that is none of its own.
func TestEDR(t *testing.T) {
	h := calmHouse(t, wireFirst, fewTraps, policy.Rule{Sources: []netip.Prefix{anyone}, Role: policy.RoleEDR})
	pc := h.neighbour(1)
	look := func(ports ...uint16) {
		for _, p := range ports {
			pc.Connect(h.host.Addr, p, synth.Talk{})
			h.Wait(300 * time.Millisecond)
		}
	}
	for range 3 {
		look(21, 23, 25, 110, 3306, 3389, 5900)
		h.quiet("a look around")
		h.rest(5 * time.Hour)
	}
	look(23, 512)
	h.rings("rexec", pc.Addr, 5, "tcp/512 is none of its services")
	look(21, 23, 25)
	h.quiet("after it rang, a look around")
	nmap := pc.Nmap()
	nmap.Xmas([]netip.Addr{h.host.Addr}, synth.Ports(20, 40))
	h.rings("xmas", pc.Addr, 5, "edr-discovery does not use xmas")
	own := pc.MAC
	pc.MAC[5] ^= 0x55
	look(23)
	h.rings("another hardware address", pc.Addr, 5, "several hardware addresses claim its address")
	h.rest(2 * time.Hour)
	look(25)
	h.rings("another host with its address", pc.Addr, 5, "its hardware address is 02:01:00:00:00:56, and was 02:01:00:00:00:03")
	pc.MAC = own
}

// TestExpectedBesideOthers: an expected scanner of a machine that has many addresses
// stays expected when others of them knock, which ring by themselves.
func TestExpectedBesideOthers(t *testing.T) {
	h := calmHouse(t, wireFirst, fewTraps, policy.Rule{Sources: []netip.Prefix{anyone}, Role: policy.RoleScanner})
	pc := h.neighbour(1)
	pc.Nmap().SYN([]netip.Addr{h.host.Addr}, synth.Ports(1, 100))
	h.quiet("a scan alone")
	pc.Nmap().SYN([]netip.Addr{h.host.Addr}, synth.Ports(1, 100))
	for i := 2; i <= 50; i++ {
		other := h.neighbour(i)
		other.MAC = pc.MAC
		other.Connect(h.host.Addr, 23, synth.Talk{})
	}
	pc.Nmap().SYN([]netip.Addr{h.host.Addr}, synth.Ports(1, 100))
	others := 0
	for _, a := range h.told() {
		if a.Source.Addr == pc.Addr {
			t.Errorf("people are told of the expected scanner: severity %d: %s", a.Severity, a.Why)
		} else {
			others++
		}
	}
	if others == 0 {
		t.Error("nobody is told of the others")
	}
}

// TestExpectedSweep: who is expected for one service may look for it on every host, and
// rings for another one all the same.
func TestExpectedSweep(t *testing.T) {
	smb, err := policy.ServicesOf([]string{"tcp/445"})
	if err != nil {
		t.Fatal(err)
	}
	for port, rule := range map[uint16]policy.Rule{
		445:  {Sources: []netip.Prefix{anyone}, Services: smb},
		9102: {Sources: []netip.Prefix{anyone}, Role: policy.RoleBackup},
	} {
		h := calmHouse(t, wireFirst, fewTraps, rule)
		server := h.neighbour(1)
		to := []netip.Addr{h.host.Addr}
		for i := range 60 {
			to = append(to, h.neighbour(50+i).Addr)
		}
		sweep := func(port uint16, to []netip.Addr) {
			for _, a := range to {
				server.Connect(a, port, synth.Talk{})
				h.Wait(200 * time.Millisecond)
				h.detector.Advance(h.now())
			}
		}
		sweep(port, to)
		h.quiet(fmt.Sprint("a sweep of ", port))
		sweep(port, to)
		sweep(512, to[:20])
		h.rings("another service", server.Addr, 5, "tcp/512 is none of its services")
	}
}

// TestThief: whoever takes the address of an expected source rings at once, whether the
// rule names its hardware address or not.
func TestThief(t *testing.T) {
	for _, pinned := range []bool{false, true} {
		for _, s := range []senses{wireFirst, touchFirst} {
			rule := policy.Rule{Sources: []netip.Prefix{anyone}, Role: policy.RoleScanner}
			h := calmHouse(t, s, fewTraps)
			pc := h.neighbour(1)
			if pinned {
				rule.MAC = pc.MAC
			}
			rule.Reason = "a reason"
			h.detector.SetAllow(policy.NewAllowList([]policy.Rule{rule}))
			pc.Connect(h.host.Addr, 23, synth.Talk{})
			h.quiet("its own touch")
			pc.Connect(h.host.Addr, 23, synth.Talk{})
			h.Wait(10 * time.Second)
			pc.MAC[5] ^= 0x55
			pc.Connect(h.host.Addr, 23, synth.Talk{})
			at := h.Now()
			h.rest(time.Minute)
			told := slices.ContainsFunc(h.alarms, func(a *klaxon.Alarm) bool { return !a.Quiet && a.Time.Sub(at) < 30*time.Second })
			if !told {
				t.Errorf("pinned %v, %s: nobody is told at once", pinned, s.name)
			}
			h.rings("another hardware address", pc.Addr, 5, "several hardware addresses claim its address")
		}
	}
}

// TestExpectedNoMore: whoever is expected no more rings with what he did while he was.
func TestExpectedNoMore(t *testing.T) {
	for _, s := range []senses{wireFirst, touchFirst} {
		h := calmHouse(t, s, fewTraps, policy.Rule{Sources: []netip.Prefix{anyone}, Role: policy.RoleScanner})
		pc := h.neighbour(1)
		look := func() {
			for _, p := range fewTraps[:4] {
				pc.Connect(h.host.Addr, p, synth.Talk{})
			}
			h.Wait(10 * time.Second)
			h.detector.Advance(h.now())
		}
		look()
		h.detector.SetAllow(policy.NewAllowList(nil))
		if n := len(h.alarms); n == 0 || h.alarms[n-1].Event != klaxon.EventClose || slices.ContainsFunc(h.alarms, func(a *klaxon.Alarm) bool { return !a.Quiet || a.Severity != 1 }) {
			t.Errorf("%s: when the rule is over there are %d records, and people are told or it goes on", s.name, n)
		}
		h.alarms = nil
		look()
		if len(h.alarms) == 0 || h.alarms[0].Quiet || h.alarms[0].Severity != 5 || slices.Contains(h.alarms[0].Marks, klaxon.MarkExpected) {
			t.Errorf("%s: nobody is told of who is expected no more: %d records", s.name, len(h.alarms))
		}
	}
}

// TestBackupServer: it comes at night, for its services.
func TestBackupServer(t *testing.T) {
	ports := append(slices.Clone(fewTraps), 873, 9102, 10000)
	h := calmHouse(t, touchFirst, ports, policy.Rule{Sources: []netip.Prefix{anyone}, Role: policy.RoleBackup, From: 22 * 60, To: 6 * 60})
	server := h.neighbour(1)
	for range 2 {
		h.until(2)
		for _, p := range []uint16{873, 9102, 10000} {
			server.Connect(h.host.Addr, p, synth.Talk{Up: 10})
			h.Wait(2 * time.Second)
		}
		h.quiet("at night")
	}
	h.until(14)
	server.Connect(h.host.Addr, 9102, synth.Talk{})
	h.rings("in the afternoon", server.Addr, 5, "it came at ")
	h.until(3)
	server.Connect(h.host.Addr, 3389, synth.Talk{})
	h.rings("remote desktop", server.Addr, 5, "tcp/3389 is none of its services")
	h.until(3)
	server.Connect(h.host.Addr, 873, synth.Talk{})
	h.quiet("at night again")
}

// TestVulnerabilityScanner: it tries everything, every week; a trap that was not
// there before rings once.
func TestVulnerabilityScanner(t *testing.T) {
	h := calmHouse(t, touchFirst, fewTraps, policy.Rule{Sources: []netip.Prefix{anyone}, Role: policy.RoleScanner})
	box := h.neighbour(1)
	scan := func() {
		for p := uint16(1); p <= 1200; p++ {
			box.Connect(h.host.Addr, p, synth.Talk{})
			h.Wait(5 * time.Millisecond)
		}
	}
	for week := range 3 {
		scan()
		h.quiet(fmt.Sprintf("week %d", week))
		h.rest(24 * time.Hour)
	}
	h.detector.SetTraps(trapsOf(append(slices.Clone(fewTraps), 540)), 0)
	h.host.Open(540)
	scan()
	h.rings("a new trap", box.Addr, 5, "it never touched tcp/540 while it was expected")
	scan()
	h.quiet("the new trap again")
	h.neighbour(2).Connect(h.host.Addr, 23, synth.Talk{})
	if list := h.told(); len(list) == 0 {
		t.Error("somebody else is not told of")
	}
}

// TestAllowedWhileItRings: what klaxonctl allows is quiet from then on, but for the end
// of what rang, and rings again when it is allowed no more.
func TestAllowedWhileItRings(t *testing.T) {
	h := calmHouse(t, touchAlone, fewTraps)
	pc := h.neighbour(1)
	pc.Connect(h.host.Addr, 23, synth.Talk{})
	h.Wait(time.Second)
	if len(h.alarms) != 1 || h.alarms[0].Quiet {
		t.Fatalf("told of the first touch: %v", h.alarms)
	}
	h.alarms = nil
	h.detector.SetAllow(policy.NewAllowList([]policy.Rule{{Sources: theRule(pc), Reason: "a reason"}}))
	pc.Connect(h.host.Addr, 23, synth.Talk{})
	h.rest(30 * time.Minute)
	if len(h.alarms) == 0 {
		t.Error("nothing was recorded")
	}
	for _, a := range h.alarms { // who heard that it began hears that it ended
		if a.Quiet == (a.Event == klaxon.EventClose) || a.Severity != 1 {
			t.Errorf("allowed: %s, quiet %v, severity %d: %s", a.Event, a.Quiet, a.Severity, a.Why)
		}
	}
	h.alarms = nil
	pc.Connect(h.host.Addr, 25, synth.Talk{})
	h.rings("another trap", pc.Addr, 5, "it never touched tcp/25 while it was expected")
	h.detector.SetAllow(nil)
	pc.Connect(h.host.Addr, 23, synth.Talk{})
	if list := h.told(); len(list) == 0 || list[0].Severity != 5 {
		t.Errorf("no longer allowed, and told: %v", list)
	}
}
