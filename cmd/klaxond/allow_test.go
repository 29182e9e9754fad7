package main

import (
	"context"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"klaxon"
	"klaxon/internal/config"
	"klaxon/internal/pipeline"
	"klaxon/internal/pipeline/detect"
	"klaxon/internal/policy"
	"klaxon/internal/sandbox"
)

// listener is a sink that keeps health records.
type listener struct {
	mu   sync.Mutex
	said []klaxon.Health
}

func (l *listener) Name() string { return "listener" }
func (l *listener) Close() error { return nil }
func (l *listener) Emit(batch []klaxon.Record) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, r := range batch {
		if h, ok := r.(*klaxon.Health); ok {
			l.said = append(l.said, *h)
		}
	}
	return len(batch), nil
}

// host is a daemon that thinks, with a state folder and a pipeline.
func host(t *testing.T, state string) (d *daemon, told func() []string) {
	t.Helper()
	d, _ = thinker(t, filepath.Join(t.TempDir(), "klaxon.db"), 1)
	d.paths.State = state
	l := &listener{}
	d.pipe = pipeline.New(pipeline.Config{Sensor: "gate", Boot: "b", Zone: policy.Zones{}.Of, Outputs: []pipeline.Output{{Sink: l, Keep: true}}})
	stop := background(d.pipe.Run)
	user, err := sandbox.Lookup(runAs)
	if err != nil {
		t.Fatal(err)
	}
	d.openAllow(user)
	return d, func() (list []string) {
		stop()
		stop = func() {}
		for _, h := range l.said {
			list = append(list, string(h.What)+": "+h.Detail)
		}
		return list
	}
}

func (d *daemon) rules(t *testing.T) (who []string) {
	t.Helper()
	for _, r := range d.allowed.list().Rules() {
		who = append(who, r.Who())
	}
	return who
}

// inForce are the rules that the detector has.
func (d *daemon) inForce(t *testing.T) (who []string) {
	t.Helper()
	err := d.watch.Ask(t.Context(), func(det *detect.Detector) {
		for _, r := range det.Allow() {
			who = append(who, r.Who())
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	return who
}

func only(addr string, until time.Time) policy.Rule {
	a := netip.MustParseAddr(addr)
	return policy.Rule{Sources: []netip.Prefix{netip.PrefixFrom(a, a.BitLen())}, Reason: "because", Until: until}
}

// TestAllowAtRunTime: a rule is kept, in force and told; it outlives a restart, and
// not its time.
func TestAllowAtRunTime(t *testing.T) {
	state := filepath.Join(t.TempDir(), "state")
	d, told := host(t, state)
	d.reallow(t.Context(), []policy.Rule{only("10.0.0.1", time.Time{})})
	soon := time.Now().Add(time.Hour)
	for _, r := range []policy.Rule{only("10.0.0.2", soon), only("10.0.0.3", time.Time{}), only("10.0.0.4", time.Time{})} {
		if err := d.allow(t.Context(), r); err != nil {
			t.Fatal(err)
		}
	}
	for bad, r := range map[string]policy.Rule{
		"needs a reason": {MAC: [6]byte{2}}, "expired already": only("10.0.0.5", time.Now().Add(-time.Second)), "force": {Reason: "x"},
	} {
		if err := d.allow(t.Context(), r); err == nil || !strings.Contains(err.Error(), bad) {
			t.Errorf("%s: %v", bad, err)
		}
	}
	if err := d.disallow(t.Context(), "10.0.0.4"); err != nil {
		t.Error(err)
	}
	if err := d.disallow(t.Context(), "10.0.0.1"); err == nil || !strings.Contains(err.Error(), "klaxon.toml") {
		t.Errorf("a rule of the configuration was taken back: %v", err)
	}
	want := []string{"10.0.0.1", "10.0.0.2", "10.0.0.3"}
	if got := d.inForce(t); !slices.Equal(got, want) {
		t.Errorf("in force: %v", got)
	}
	d.reallow(t.Context(), nil)
	d.expire(t.Context(), soon)
	if got := d.inForce(t); !slices.Equal(got, want[2:]) {
		t.Errorf("in force after an hour: %v", got)
	}
	said := []string{
		"allow: 10.0.0.1 is expected: because",
		"allow: 10.0.0.2 is expected until " + soon.UTC().Format(time.RFC3339) + ": because",
		"allow: 10.0.0.3 is expected: because", "allow: 10.0.0.4 is expected: because",
		"allow: 10.0.0.4 is not expected any more", "allow: 10.0.0.1 is not expected any more (because)",
		"allow: 10.0.0.2 is not expected any more: the time is over",
	}
	if got := told(); !slices.Equal(got, said) {
		t.Errorf("told %q\nwant %q", got, said)
	}
	again, _ := host(t, state)
	if got := again.rules(t); !slices.Equal(got, want[2:]) {
		t.Errorf("after a restart: %v", got)
	}
	if info, err := os.Stat(filepath.Join(state, "allow.toml")); err != nil || info.Mode().Perm() != 0o640 {
		t.Errorf("%v, %v", info, err)
	}
}

// TestExpiredAtStart: what expired while nobody ran counts no more.
func TestExpiredAtStart(t *testing.T) {
	state := t.TempDir()
	old := []policy.Rule{only("10.0.0.1", time.Now().Add(-time.Hour)), only("10.0.0.2", time.Now().Add(time.Hour))}
	text := append(config.WriteAllow(old), "\n[[allow]]\nreason = \"damaged\"\n"...)
	if err := os.WriteFile(filepath.Join(state, "allow.toml"), text, 0o600); err != nil {
		t.Fatal(err)
	}
	d, _ := host(t, state)
	if got := d.rules(t); !slices.Equal(got, []string{"10.0.0.2"}) {
		t.Errorf("%v", got)
	}
}

// TestAllowWithoutDisk: what cannot be kept is refused, and not in force.
func TestAllowWithoutDisk(t *testing.T) {
	state := filepath.Join(t.TempDir(), "state")
	d, told := host(t, state)
	if err := os.RemoveAll(state); err != nil {
		t.Fatal(err)
	}
	if err := d.allow(t.Context(), only("10.0.0.1", time.Time{})); err == nil || !strings.Contains(err.Error(), "allow.toml") {
		t.Errorf("%v", err)
	}
	if got := append(d.rules(t), told()...); len(got) > 0 {
		t.Errorf("%q", got)
	}
}

// TestAllowAtOnce: many hands change the list while the detector runs, and none of
// the changes is lost.
func TestAllowAtOnce(t *testing.T) {
	d, _ := host(t, t.TempDir())
	var hands sync.WaitGroup
	for h := range 4 {
		hands.Go(func() {
			for n := range 10 {
				for d.allow(context.Background(), only(netip.AddrFrom4([4]byte{10, 0, byte(h), byte(n)}).String(), time.Time{})) != nil {
					time.Sleep(time.Millisecond) // the detector is asked by many
				}
			}
		})
		hands.Go(func() {
			for range 10 {
				d.expire(context.Background(), time.Now())
				d.reallow(context.Background(), nil)
			}
		})
	}
	hands.Wait()
	d.expire(t.Context(), time.Now())
	if n := len(d.inForce(t)); n < 40 {
		t.Errorf("%d rules are in force", n)
	}
}

// TestLearn: alarms are watched for a time, and lines proposed.
func TestLearn(t *testing.T) {
	d, told := host(t, t.TempDir())
	now := time.Now()
	if lines, over := d.lesson(now); lines != "" || !over {
		t.Errorf("nobody learns: %q, %v", lines, over)
	}
	if d.learn(now, 0) == nil || d.learn(now, policy.LearnMax+1) == nil {
		t.Error("learning for no time, or for ever")
	}
	if err := d.learn(now, time.Hour); err != nil {
		t.Fatal(err)
	}
	a := &klaxon.Alarm{Event: klaxon.EventClose, Time: now}
	a.Zone, a.Proof, a.Shape, a.Source.Addr = klaxon.ZoneInside, klaxon.ProofHandshake, klaxon.ShapeTouch, netip.MustParseAddr("10.0.0.9")
	a.Techniques = []klaxon.Technique{klaxon.Connect}
	d.alarm(a)
	if lines, over := d.lesson(now); over || !strings.Contains(lines, `address = ["10.0.0.9"]`) {
		t.Errorf("%v, %s", over, lines)
	}
	d.graduate(now)
	d.graduate(now.Add(time.Hour))
	d.graduate(now.Add(2 * time.Hour))
	if got := told(); len(got) != 1 || got[0] != "allow: learning is over, none of what is proposed is in force: rules for 1 of those who rang" {
		t.Errorf("told %q", got)
	}
	lines, _ := d.lesson(now)
	if _, err := config.ReadAllow("proposed", []byte(lines)); err == nil || !strings.Contains(err.Error(), "needs a reason") {
		t.Errorf("what is proposed has a reason already: %v", err)
	}
	rules, err := config.ReadAllow("completed", []byte(strings.ReplaceAll(lines, `reason = ""`, `reason = "known"`)))
	if err != nil || len(rules) != 1 {
		t.Errorf("completed: %v, %v", rules, err)
	}
}

// TestWeatherIsTold, once.
func TestWeatherIsTold(t *testing.T) {
	d, told := host(t, t.TempDir())
	now := time.Now()
	touch := &klaxon.Touch{Time: now, Transport: klaxon.TCP, Proof: klaxon.ProofHandshake,
		Source: klaxon.Endpoint{Addr: netip.MustParseAddr("203.0.113.7"), Port: 4000}, Target: klaxon.Endpoint{Addr: netip.MustParseAddr("192.0.2.1"), Port: 23}}
	d.weather(t.Context(), now)
	err := d.watch.Ask(t.Context(), func(det *detect.Detector) {
		det.Touch(now.UnixNano(), touch)
		det.Advance(now.Add(time.Hour).UnixNano())
	})
	if err != nil {
		t.Fatal(err)
	}
	for h := range 50 {
		d.weather(t.Context(), now.Add(time.Duration(h)*time.Hour))
	}
	got := told()
	if len(got) != 2 || !strings.HasPrefix(got[0], "weather: 1 source from outside in 24 h, 1 proven; for tcp/23 (1); by connect (1)") || !strings.HasPrefix(got[1], "weather: nobody") {
		t.Errorf("told %q", got)
	}
}
