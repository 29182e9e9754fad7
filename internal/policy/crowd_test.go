package policy

import (
	"net/netip"
	"slices"
	"testing"
	"time"

	"klaxon"
)

// unproven is a scan of a victim by the n-th of many sources, at a second.
func unproven(n int, victim string, at int64) klaxon.Scan {
	return klaxon.Scan{
		First: time.Unix(0, begin+at*second), Last: time.Unix(0, begin+(at+1)*second),
		Source:     klaxon.Endpoint{Addr: netip.AddrFrom4([4]byte{203, 0, byte(113 + n>>8), byte(n)})},
		Techniques: []klaxon.Technique{klaxon.Syn}, Shape: klaxon.ShapeVertical, Confidence: klaxon.Established,
		Why: "ten refusals", Probes: 12,
		Targets: klaxon.Targets{Hosts: 1, Services: 12, Dst: []netip.Addr{netip.MustParseAddr(victim)}},
	}
}

func source(n int) Key { return Key{Index: uint32(n), Life: 1} }

// meet judges a scan of a source without an alarm as the detector does, and tells
// whether it was told as one of many.
func (d *desk) meet(n int, s klaxon.Scan, at int64) bool {
	d.known[source(n)] = s
	if s.Proof == klaxon.ProofNone && !d.Open(source(n)) && d.Join(source(n), &s, begin+at*second) {
		return true
	}
	d.judge(source(n), s, at)
	return false
}

func TestThreeUnprovenAreToldByThemselves(t *testing.T) {
	d := newDesk(t)
	for n := range 3 {
		if d.meet(n, unproven(n, "10.0.0.5", int64(n)), int64(n)) {
			t.Errorf("source %d was told as one of many", n)
		}
	}
	// Neither other victims nor later strangers add to them.
	if d.meet(3, unproven(3, "10.0.0.6", 3), 3) {
		t.Error("a source at another victim was told as one of many")
	}
	if late := int64(3 + crowdWindow/time.Second); d.meet(4, unproven(4, "10.0.0.5", late), late) {
		t.Error("a source that came later was told as one of many")
	}
	if d.counts.Opened != 5 {
		t.Errorf("%d alarms were opened, not 5", d.counts.Opened)
	}
}

func TestManyUnprovenAreOneAlarm(t *testing.T) {
	const many = 1000
	d := newDesk(t)
	for n := range many {
		at := int64(n) / 10
		if got := d.meet(n, unproven(n, "10.0.0.5", at), at); got != (n >= crowdAlone) {
			t.Fatalf("source %d: told as one of many: %v", n, got)
		}
		d.meet(n, unproven(n, "10.0.0.5", at), at) // what it does next does not count again
		d.tick(at)
	}
	d.Close(begin + 200*second)
	if len(d.told) > 8 {
		t.Errorf("%d records, at most 8 are wanted", len(d.told))
	}
	a := d.told[len(d.told)-1]
	switch {
	case a.Event != klaxon.EventClose, a.SourcesTotal != many, len(a.Sources) != crowdSources, a.Probes != 12*many:
		t.Errorf("told at last: %s of %d sources, %d named, %d probes", a.Event, a.SourcesTotal, len(a.Sources), a.Probes)
	case a.Source.Addr.IsValid(), a.Proof != klaxon.ProofNone, a.Severity != 3, !slices.Contains(a.Marks, klaxon.MarkSpoofedMaybe):
		t.Errorf("told at last: source %s, proof %s, severity %d, marks %v", a.Source.Addr, a.Proof, a.Severity, a.Marks)
	case a.ID != d.told[0].ID:
		t.Error("the first alarm does not go on as that of all")
	}
	d.closed(t)
	for n := range crowdAlone {
		if !slices.Contains(d.ended, source(n)) {
			t.Errorf("source %d, which had an alarm of its own, was not let go", n)
		}
	}
}

// closed wants every alarm to be opened once and closed once.
func (d *desk) closed(t *testing.T) {
	t.Helper()
	open := map[string]bool{}
	for _, a := range d.told {
		switch was := open[a.ID]; {
		case a.Event == klaxon.EventOpen && !was:
			open[a.ID] = true
		case a.Event == klaxon.EventClose && was:
			delete(open, a.ID)
		case a.Event != klaxon.EventUpdate || !was:
			t.Errorf("%s of %s is out of place", a.Event, a.ID)
		}
	}
	if len(open) > 0 {
		t.Errorf("%d alarms are open still", len(open))
	}
}

// One that proves itself is told by itself: one of the many, one whose alarm was
// taken over, and one that proved itself before there were many.
func TestWhoProvesItselfIsNamed(t *testing.T) {
	d := newDesk(t)
	proven := func(n int, at int64) klaxon.Scan {
		s := unproven(n, "10.0.0.5", at)
		s.Proof, s.Confidence = klaxon.ProofHandshake, klaxon.Proven
		return s
	}
	d.meet(0, unproven(0, "10.0.0.5", 0), 0)
	d.meet(0, proven(0, 1), 1)
	for n := 1; n < 50; n++ {
		d.meet(n, unproven(n, "10.0.0.5", 2), 2)
	}
	if !d.Joined(source(20)) || d.Joined(source(0)) || d.Joined(source(77)) {
		t.Error("it is not known who is one of many")
	}
	d.meet(20, proven(20, 3), 3)
	d.known[source(1)] = proven(1, 4) // and nothing of it makes the detector look again
	d.Close(begin + 100*second)
	for _, n := range []int{0, 1, 20} {
		addr := unproven(n, "10.0.0.5", 0).Source.Addr
		i := slices.IndexFunc(d.told, func(a klaxon.Alarm) bool {
			return a.Source.Addr == addr && a.Event == klaxon.EventClose && a.Confidence == klaxon.Proven
		})
		if i < 0 {
			t.Errorf("source %d was not told as proven", n)
		}
	}
	d.closed(t)
}

// A crowd ends in silence, and the next strangers are told by themselves.
func TestCrowdEnds(t *testing.T) {
	d := newDesk(t)
	for n := range 10 {
		d.meet(n, unproven(n, "10.0.0.5", 0), 0)
	}
	d.tick(2 + int64(idleMin/time.Second))
	if d.OpenCount() != 0 {
		t.Fatalf("%d alarms are open after a silence", d.OpenCount())
	}
	if d.meet(10, unproven(10, "10.0.0.5", 5000), 5000) {
		t.Error("a source was told as one of many who are gone")
	}
}

func TestExpectedSourcesAreNoCrowd(t *testing.T) {
	d := newDesk(t, "203.0.0.0/16")
	for n := range 10 {
		if d.meet(n, unproven(n, "10.0.0.5", 0), 0) {
			t.Fatalf("source %d, which is expected, was told as one of many", n)
		}
	}
}

// One source that is judged again and again, or begins anew, is no crowd.
func TestOneSourceIsNoCrowd(t *testing.T) {
	d := newDesk(t)
	for n := range 20 {
		s := unproven(7, "10.0.0.5", int64(n))
		if d.meet(n, s, int64(n)) {
			t.Fatal("a single source was told as many")
		}
	}
}

// Whoever forges scans of many victims finds no end of memory.
func TestCrowdsAreBounded(t *testing.T) {
	d := newDesk(t)
	for n := range 4 * crowdsMax {
		victim := netip.AddrFrom4([4]byte{10, 0, byte(n >> 8), byte(n)}).String()
		for k := range 5 {
			d.meet(8*n+k, unproven(k, victim, int64(n)), int64(n))
		}
	}
	if n := len(d.crowds.all); n > crowdsMax {
		t.Errorf("%d crowds are remembered, at most %d are wanted", n, crowdsMax)
	}
	if n := d.OpenCount(); n > openMax {
		t.Errorf("%d alarms are open, at most %d are wanted", n, openMax)
	}
	d.Close(begin + 1e5*second)
	d.closed(t)
}

// Touches of watched services may come from more strangers at a time.
func TestManyTouchesAreOneAlarm(t *testing.T) {
	d := newDesk(t)
	for n := range 500 {
		s := unproven(n, "10.0.0.5", 0)
		s.Shape = klaxon.ShapeTouch
		if got := d.meet(n, s, 0); got != (n >= crowdTouches) {
			t.Fatalf("touch %d: told as one of many: %v", n, got)
		}
	}
	d.Close(begin + 100*second)
	if a := d.told[len(d.told)-1]; a.SourcesTotal != 500 || a.Shape != klaxon.ShapeTouch || a.Severity != 1 {
		t.Errorf("told at last: %d sources, %s, severity %d", a.SourcesTotal, a.Shape, a.Severity)
	}
}
