package policy

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"net/netip"
	"slices"
	"testing"
	"time"

	"klaxon"
)

// touchOf is a proven touch by a source, at a second.
func touchOf(addr netip.Addr, at int64) klaxon.Scan {
	return klaxon.Scan{
		First: time.Unix(0, begin+at*second), Last: time.Unix(0, begin+at*second),
		Source: klaxon.Endpoint{Addr: addr}, Proof: klaxon.ProofHandshake, Confidence: klaxon.Proven,
		Techniques: []klaxon.Technique{klaxon.Connect}, Shape: klaxon.ShapeTouch, Why: "a trap", Probes: 1,
		Targets: klaxon.Targets{Hosts: 1, Services: 1, Dst: []netip.Addr{netip.MustParseAddr("10.0.0.5")}},
	}
}

func farAway(n int) netip.Addr  { return netip.AddrFrom4([4]byte{203, 0, byte(n >> 8), byte(n)}) }
func fromHere(n int) netip.Addr { return netip.AddrFrom4([4]byte{127, 1, byte(n >> 8), byte(n)}) }

// come judges a scan of a proven source as the detector does, and tells whether it
// was told as one of a crowd.
func (d *desk) come(n int, s klaxon.Scan, at int64) bool {
	if old, ok := d.known[source(n)]; ok {
		s.First, s.Probes = old.First, old.Probes+1
	}
	d.known[source(n)] = s
	if !d.Open(source(n)) && d.Cram(source(n), &s, begin+at*second) {
		return true
	}
	d.judge(source(n), s, at)
	return false
}

// fill has so many sources touch something, each once in a second.
func (d *desk) fill(addr func(int) netip.Addr, from, to int, at int64) (crammed int) {
	for n := from; n < to; n++ {
		if d.come(n, touchOf(addr(n), at), at) {
			crammed++
		}
	}
	return crammed
}

// TestMoreThanThereIsRoomFor: those who find no room are told together, and push
// out nobody; their touches are counted exactly.
func TestMoreThanThereIsRoomFor(t *testing.T) {
	const many, rounds = 4 * openMax, 20
	d := newDesk(t)
	for at := range int64(rounds) {
		crammed := d.fill(fromHere, 0, many, at)
		if want := many - openMax; crammed < want || crammed > want+1 {
			t.Fatalf("in second %d %d are told as one of many, want %d", at, crammed, want)
		}
		d.tick(at)
	}
	if d.counts.Refused != 1 || d.counts.Opened != openMax+1 { // one made room for the crowd
		t.Errorf("%d alarms were opened, %d pushed out", d.counts.Opened, d.counts.Refused)
	}
	d.tick(rounds + int64(2*idleMin/time.Second))
	if len(d.census) > 0 || d.OpenCount() > 0 {
		t.Errorf("%d alarms are open at the end, counted %v", d.OpenCount(), d.census)
	}
	i := slices.IndexFunc(d.told, func(a klaxon.Alarm) bool { return a.Event == klaxon.EventClose && a.SourcesTotal > 0 })
	if i < 0 {
		t.Fatal("the crowd was not told")
	}
	a := d.told[i]
	switch {
	case a.SourcesTotal < many-openMax || a.SourcesTotal > many-openMax+1, len(a.Sources) != crowdSources:
		t.Errorf("%d sources, %d named", a.SourcesTotal, len(a.Sources))
	case a.Probes < (many-openMax)*rounds || a.Probes > (many-openMax+1)*rounds:
		t.Errorf("%d probes", a.Probes)
	case a.Zone != klaxon.ZoneLoopback, a.Proof != klaxon.ProofHandshake, a.Confidence != klaxon.Proven, a.Severity != 2, a.Shape != klaxon.ShapeTouch, a.Source.Addr.IsValid():
		t.Errorf("told %+v", a.Scan)
	}
	// It is told when it opens, when it is ten times as large, and at its end.
	of := slices.DeleteFunc(slices.Clone(d.told), func(x klaxon.Alarm) bool { return x.ID != a.ID })
	if len(of) != 3 || of[1].Event != klaxon.EventUpdate || of[1].SourcesTotal < many-openMax || of[1].Time.Sub(of[0].Time) != riseAfter || of[2].Event != klaxon.EventClose {
		t.Errorf("the crowd made %d records: %+v", len(of), of)
	}
	d.closed(t)
}

// TestWorseThanTheCrowd: whoever does more than the many, or is closer, is told by
// himself in their midst, and the many are not told in his place.
func TestWorseThanTheCrowd(t *testing.T) {
	d := newDesk(t)
	d.fill(farAway, 0, openMax+100, 0)
	if d.come(1, touchOf(farAway(1), 1), 1) {
		t.Error("one who has an alarm is told as one of the crowd")
	}
	scans := touchOf(farAway(5000), 1)
	scans.Shape, scans.Targets.Services = klaxon.ShapeVertical, 1000
	contact := touchOf(farAway(5001), 1)
	contact.Marks = []klaxon.Mark{klaxon.MarkContact}
	for what, s := range map[string]klaxon.Scan{
		"a scan": scans, "a contact": contact, "one inside": touchOf(netip.MustParseAddr(insider), 1), "one of this host": touchOf(fromHere(1), 1),
	} {
		n := 5000 + len(d.known)
		if d.come(n, s, 1) {
			t.Errorf("%s is told as one of the crowd", what)
		}
		if !d.Open(source(n)) {
			t.Errorf("%s has no alarm", what)
		}
	}
	if n := openMax + 50; !d.come(n, touchOf(farAway(n), 1), 1) {
		t.Error("one of the crowd is told by himself")
	}
	for n, want := range map[int]bool{1: true, openMax + 50: true, 6000: false} {
		told, crowd := d.Told(source(n))
		if told != want {
			t.Errorf("source %d: it is told of: %v", n, told)
		}
		if (crowd != "") != (want && !d.Open(source(n))) {
			t.Errorf("source %d is told in the alarm %q", n, crowd)
		}
	}
	// Who began as one of them, too.
	n := openMax + 60
	if s := scans; d.come(n, s, 2) {
		t.Error("one of the crowd who goes on to scan is told as one of it")
	}
}

// TestNetworksInside: what one machine inside can have as its own addresses is one
// kind, and takes no room from others.
func TestNetworksInside(t *testing.T) {
	d := newDesk(t)
	own := func(n int) netip.Addr {
		return netip.AddrFrom16([16]byte{0xfd, 0, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, byte(n >> 8), byte(n)})
	}
	d.fill(own, 0, openMax, 0)
	if !d.come(5000, touchOf(own(5000), 0), 0) {
		t.Error("another address of the same network is told by itself")
	}
	for i, other := range []string{"fd00:1:2::1", "192.168.1.7"} {
		if d.come(6000+i, touchOf(netip.MustParseAddr(other), 0), 0) {
			t.Errorf("%s is told as one of the crowd of another network", other)
		}
	}
}

// TestMachinesInside: one machine with a thousand addresses of a network hides no other
// one of it.
func TestMachinesInside(t *testing.T) {
	d := newDesk(t)
	by := func(n int, mac byte) klaxon.Scan {
		s := touchOf(netip.AddrFrom4([4]byte{10, 9, byte(n >> 8), byte(n)}), 0)
		s.Source.MAC = [6]byte{2, 0, 0, 0, 0, mac}
		return s
	}
	for n := range openMax {
		d.come(n, by(n, 1), 0)
	}
	if !d.come(5000, by(5000, 1), 0) {
		t.Error("another address of the same machine is told by itself")
	}
	if d.come(5001, by(5001, 2), 0) {
		t.Error("another machine is told as one of the crowd")
	}
}

// TestQuietOnesMakeRoom: an alarm that nobody was heard of for long is closed, and
// the newcomer told; a crowd is of those who come at once.
func TestQuietOnesMakeRoom(t *testing.T) {
	d := newDesk(t)
	d.fill(farAway, 0, openMax, 0)
	late := int64(crowdWindow/time.Second) + 1
	if n := d.fill(farAway, openMax, openMax+100, late); n != 0 {
		t.Errorf("%d of 100 newcomers are told together", n)
	}
	if d.counts.Refused != 100 {
		t.Errorf("%d of 100 made room", d.counts.Refused)
	}
}

// TestCrowdIsOver: when there is room again newcomers are told by themselves.
func TestCrowdIsOver(t *testing.T) {
	d := newDesk(t)
	d.fill(farAway, 0, openMax+100, 0)
	over := int64(idleMin/time.Second) + 1
	d.tick(over)
	if d.come(5000, touchOf(farAway(5000), over), over) {
		t.Error("one who came when all was over is told as one of a crowd")
	}
}

// TestKindsAreCounted: the count of open alarms of each kind is what it would be if
// they were counted anew.
func TestKindsAreCounted(t *testing.T) {
	for seed := range uint64(3) {
		r := rand.New(rand.NewPCG(seed, 1))
		d := newDesk(t)
		for at := range int64(3000) {
			n := r.IntN(3 * openMax)
			addr := []func(int) netip.Addr{farAway, fromHere}[n%2](n)
			s := touchOf(addr, at/20)
			switch r.IntN(10) {
			case 0:
				s.Shape = klaxon.ShapeSweep
			case 1:
				d.Retract(source(n), "a poller", begin+at/20*second)
				continue
			case 2:
				d.Move(source(n), Key{Kind: OfRun, Index: uint32(n % 50), Life: 1}, begin+at/20*second)
				continue
			case 3:
				s.Proof = klaxon.ProofNone
				d.meet(n, s, at/20)
				continue
			}
			d.come(n, s, at/20)
			if r.IntN(100) == 0 {
				d.tick(at / 20)
			}
		}
		want := census{}
		for _, l := range d.open {
			if l.told.Source.Addr.IsValid() {
				want[sized{d.kindOf(&l.told), max(sizeOf(&l.told), l.counted.size)}]++
			}
		}
		if !maps.Equal(d.census, want) {
			t.Fatalf("seed %d: counted %v, want %v", seed, d.census, want)
		}
		d.Close(begin + 1000*second)
		if len(d.census) > 0 {
			t.Errorf("seed %d: counted at the end: %v", seed, fmt.Sprint(d.census))
		}
	}
}
