//go:build linux

package live

import (
	"net/netip"
	"os"
	"slices"
	"testing"

	"klaxon"
	"klaxon/internal/nstest"
	"klaxon/test/debs"
	"klaxon/test/truth"
)

// scenario is something that happens in a lab, and what must be told of it.
type scenario struct {
	name  string
	need  []string     // programs of fetch.sh
	link  link         // flooding unless told otherwise
	at    []string     // hosts with a sensor; the monitor and the target unless told otherwise
	scene func(l *lab) // what stands there before anybody watches
	act   func(l *lab)

	wants   []truth.Want
	options []truth.Option
	least   int    // frames that a sensor must have seen
	soak    bool   // takes minutes: only with KLAXON_SOAK=1
	pending string // why it is not told yet
}

// The addresses of the hosts.
var (
	router4   = netip.MustParseAddr("10.77.0.1")
	target4   = netip.MustParseAddr("10.77.0.10")
	target6   = netip.MustParseAddr("fd77::10")
	client4   = netip.MustParseAddr("10.77.0.40")
	client6   = netip.MustParseAddr("fd77::40")
	server4   = netip.MustParseAddr("10.77.0.50")
	server6   = netip.MustParseAddr("fd77::50")
	scanner4  = netip.MustParseAddr("10.77.0.66")
	scanner6  = netip.MustParseAddr("fd77::66")
	outside4  = netip.MustParseAddr("203.0.113.66")
	outside6  = netip.MustParseAddr("2001:db8:66::66")
	bystander = []netip.Addr{router4, target4, target6, client4, client6, server4, server6}
)

// play runs a scenario in namespaces of its own.
func (s *scenario) play(t *testing.T) {
	for _, program := range s.need {
		if _, err := debs.Find(program); err != nil {
			nstest.Skip(t, err.Error())
		}
	}
	if s.soak && os.Getenv("KLAXON_SOAK") == "" {
		nstest.Skip(t, "takes minutes: KLAXON_SOAK=1 runs it")
	}
	nstest.Run(t, func(t *testing.T, n *nstest.Net) { s.run(t, n) })
}

func (s *scenario) run(t *testing.T, n *nstest.Net) {
	how, at := s.link, s.at
	if how == "" {
		how = flooding
	}
	if at == nil {
		at = []string{monitor, target}
	}
	l := newLab(t, n, how)
	if s.scene != nil {
		s.scene(l)
	}
	var sensors []*sensor
	for _, host := range at {
		sensors = append(sensors, l.watch(host))
	}
	s.act(l)
	for _, sensor := range sensors {
		sensor.stop()
	}
	l.record(sensors[0])
	right := true
	for _, sensor := range sensors {
		right = sensor.judge(s) && right
	}
	if s.pending != "" && right {
		t.Errorf("told as wanted: no longer pending (%s)", s.pending)
	}
}

// check holds what a sensor told against the truth.
func (s *scenario) check(t *testing.T, host string, alarms []*klaxon.Alarm) bool {
	t.Helper()
	for _, a := range alarms {
		t.Logf("%s: %s %v/%s from %v, tool %q, marks %v, %s, proof %s, %d probes, %d hosts, %d services: %s", host, a.Event,
			a.Techniques, a.Shape, a.Source.Addr, a.Tool.Name, a.Marks, a.Confidence, a.Proof, a.Probes, a.Targets.Hosts, a.Targets.Services, a.Why)
	}
	problems := truth.Check(alarms, s.wants, append(s.options, truth.Innocent(s.bystanders()...))...)
	for _, p := range problems {
		if s.pending != "" {
			t.Logf("%s: pending: %s", host, p)
		} else {
			t.Errorf("%s: %s", host, p)
		}
	}
	return len(problems) == 0
}

// happened fails unless there was something to be innocent of.
func (s *scenario) happened(t *testing.T, frames int) {
	t.Helper()
	if frames < s.least {
		t.Errorf("%d frames, want at least %d: did anything happen?", frames, s.least)
	}
}

// bystanders are the hosts that no scan is wanted from.
func (s *scenario) bystanders() (list []netip.Addr) {
	for _, a := range bystander {
		if !slices.ContainsFunc(s.wants, func(w truth.Want) bool { return w.Source == a }) {
			list = append(list, a)
		}
	}
	return list
}
