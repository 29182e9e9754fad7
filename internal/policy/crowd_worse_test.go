package policy

import (
	"net/netip"
	"slices"
	"testing"
	"time"

	"klaxon"
)

// behind is a proven scan of so many services by the n-th address behind one router.
func behind(n int, probes uint64) klaxon.Scan {
	s := touchOf(netip.AddrFrom4([4]byte{10, 9, byte(n >> 8), byte(n)}), 0)
	s.Shape, s.Probes, s.Targets.Services = klaxon.ShapeVertical, probes, int(probes)
	s.Source.MAC = [6]byte{2, 0, 0, 0, 0, 1}
	return s
}

// TestWorseBehindTheSameRouter: whoever is seen with the hardware address of a machine
// with a thousand addresses, and does much more than they, is told by himself.
func TestWorseBehindTheSameRouter(t *testing.T) {
	d := newDesk(t)
	for n := range openMax + 300 {
		if d.come(n, behind(n, 41), 0) != (n >= openMax) {
			t.Fatalf("source %d: the crowd did not begin with the first that finds no room", n)
		}
	}
	contact := behind(5002, 41)
	contact.Marks = []klaxon.Mark{klaxon.MarkContact}
	for i, s := range []klaxon.Scan{behind(5000, 1019), behind(5001, 300), contact} {
		n := 5000 + i
		if d.come(n, s, 1) || !d.Open(source(n)) {
			t.Errorf("one with %d probes, marks %v, is told as one of the crowd", s.Probes, s.Marks)
		}
	}
	if !d.come(5003, behind(5003, 60), 1) {
		t.Error("one who does as much as the crowd is told by himself")
	}
	// And who began as one of them.
	d.known[source(openMax+7)] = behind(openMax+7, 1018)
	if d.come(openMax+7, behind(openMax+7, 1019), 2) {
		t.Error("one of the crowd who goes on to a thousand services is told as one of it")
	}
}

// TestManyWorseAreACrowd: there is room for so many who do ten times as much, and the
// next of them tells nobody anything new. Whoever does ten times as much again is told.
func TestManyWorseAreACrowd(t *testing.T) {
	d := newDesk(t)
	next := 0
	more := func(many int, probes uint64) (alone int) {
		for ; many > 0; many-- {
			if !d.come(next, behind(next, probes), 1) {
				alone++
			}
			next++
		}
		return alone
	}
	more(2*openMax, 5)
	for probes := uint64(50); probes < 1_000_000; probes *= 10 {
		if got := more(openMax/2, probes); got != worseAlone {
			t.Errorf("%d of %d with %d probes are told by themselves, want %d", got, openMax/2, probes, worseAlone)
		}
	}
	if got := more(openMax, 5_000_000); got != 0 {
		t.Errorf("%d of the largest are told by themselves besides", got)
	}
}

// TestThoseWithAlarmsBecomeWorse: who has an alarm and goes on counts among the worse.
func TestThoseWithAlarmsBecomeWorse(t *testing.T) {
	d := newDesk(t)
	for n := range openMax + 10 {
		d.come(n, behind(n, 5), 0)
	}
	for n := range openMax {
		s := behind(n, 500)
		d.judge(source(n), s, 1)
	}
	if !d.come(5000, behind(5000, 500), 1) {
		t.Error("one who does as much as a thousand with alarms is told by himself")
	}
}

// TestCrowdNamesTheBusiest: of more sources than are named those with the most probes
// are, whenever they came, and the busiest is the first.
func TestCrowdNamesTheBusiest(t *testing.T) {
	d := newDesk(t)
	const many = 3 * openMax
	for n := range many {
		d.come(n, behind(n, 1), 0)
	}
	busy := func(n int) bool { return n > 2*openMax && n%8 == 0 }
	for n := range many {
		if !busy(n) || d.Open(source(n)) {
			continue
		}
		s := behind(n, uint64(2+n%7))
		d.known[source(n)] = behind(n, s.Probes-1)
		if !d.come(n, s, 1) {
			t.Fatalf("source %d is told by itself", n)
		}
	}
	d.tick(2 + int64(idleMin/time.Second))
	i := slices.IndexFunc(d.told, func(a klaxon.Alarm) bool { return a.Event == klaxon.EventClose && a.SourcesTotal > 0 })
	if i < 0 {
		t.Fatal("the crowd was not told")
	}
	a := d.told[i]
	if len(a.Sources) != crowdSources {
		t.Fatalf("%d sources are named", len(a.Sources))
	}
	named, last := 0, 8
	for _, addr := range a.Sources {
		b := addr.As4()
		n := int(b[2])<<8 | int(b[3])
		if !busy(n) {
			continue
		}
		named++
		if probes := 2 + n%7; probes > last {
			t.Errorf("%s with %d probes is named after one with %d", addr, probes, last)
		} else {
			last = probes
		}
	}
	if want := openMax/8 - 1; named != want {
		t.Errorf("%d of %d busy ones are named", named, want)
	}
}
