package policy

import (
	"fmt"
	"math"
	"math/rand/v2"
	"net/netip"
	"regexp"
	"slices"
	"testing"
	"time"

	"klaxon"
)

func TestLife(t *testing.T) {
	d := newDesk(t)
	if d.Due() != math.MaxInt64 {
		t.Error("something is due before anything happened")
	}
	d.judge(k1, scan(outsider, 0), 0)
	d.want("open 0")
	open := d.last()
	if !regexp.MustCompile(`^[a-z2-7]{26}$`).MatchString(open.ID) || open.Prev != "" || open.Zone != klaxon.ZoneOutside || open.Severity != 3 ||
		open.Source.Addr != netip.MustParseAddr(outsider) || open.Why != "a reason" {
		t.Errorf("%+v", open)
	}
	if !d.Open(k1) || d.Open(k2) || d.OpenCount() != 1 {
		t.Error("it is not open, or more than it")
	}

	s := scan(outsider, 100) // it goes on, and is never judged again
	s.Probes, s.Targets.Hosts = 500, 7
	d.known[k1] = s
	idleAt := 100 + int64(idleMin/time.Second)
	for at := int64(1); at < idleAt; at++ {
		d.tick(at)
	}
	d.want("open 0")
	d.tick(idleAt + 1)
	if got := d.last(); got.Event != klaxon.EventClose || got.ID != open.ID || got.Probes != 500 || got.Targets.Hosts != 7 || !got.Last.Equal(s.Last) {
		t.Errorf("closed as %+v", got)
	}
	if len(d.told) != 2 || d.OpenCount() != 0 || d.Open(k1) || !slices.Equal(d.ended, []Key{k1}) || d.Due() != math.MaxInt64 {
		t.Errorf("%d records, %d open, ended %v, due %d", len(d.told), d.OpenCount(), d.ended, d.Due())
	}
	if c := d.Counts(); c != (AlarmCounts{Opened: 1, Records: 2}) {
		t.Errorf("counts %+v", c)
	}
}

func TestFloor(t *testing.T) {
	for floor, told := range map[klaxon.Confidence][3]bool{
		klaxon.Suspect:     {true, true, true},
		klaxon.Established: {false, true, true},
		klaxon.Proven:      {false, false, true},
	} {
		for c, want := range told {
			d := newDesk(t)
			d.cfg.Floor = floor
			s := scan(outsider, 0)
			s.Confidence = klaxon.Confidence(c)
			d.judge(k1, s, 0)
			if got := len(d.told) == 1; got != want {
				t.Errorf("floor %s, confidence %s: told %v", floor, s.Confidence, got)
			}
		}
	}
}

// TestBackOff: an alarm that changes all the time is told at distances that double
// from ten minutes on, and twelve times at most.
func TestBackOff(t *testing.T) {
	d := newDesk(t)
	const long = 4 * 86400
	for at := range int64(long) {
		s := scan(outsider, at)
		s.Shape = []klaxon.Shape{klaxon.ShapeBlock, klaxon.ShapeSweep, klaxon.ShapeVertical}[at%3]
		s.Tool.Name = fmt.Sprint(at)
		d.judge(k1, s, at)
		d.tick(at)
	}
	d.Close(begin + long*second)
	want := []string{"open 0"}
	for at, wait := int64(30), int64(600); len(want) < 11; at, wait = at+wait, 2*wait {
		want = append(want, fmt.Sprintf("update %d", at))
	}
	d.want(append(want, "close 345600")...)
	if len(d.told) != recordsMax || recordsMax != 12 {
		t.Errorf("%d records", len(d.told))
	}
	for _, a := range d.told {
		if a.ID != d.told[0].ID {
			t.Error("the ID changed")
		}
	}
}

// TestShortScan: at most three records for a scan that is over soon, however
// often it changes.
func TestShortScan(t *testing.T) {
	d := newDesk(t)
	for at := range int64(29) {
		s := scan(outsider, at)
		s.Tool.Name = fmt.Sprint(at)
		d.judge(k1, s, at)
		d.tick(at)
	}
	for at := int64(29); at < 2000; at++ {
		d.tick(at)
	}
	d.want("open 0", "update 30", fmt.Sprintf("close %d", 28+int64(idleMin/time.Second)))
}

// TestSpreads: who goes on from one host to ten is told of within half
// a minute, once; another technique of the same scan waits for its time.
func TestSpreads(t *testing.T) {
	d := newDesk(t)
	at := func(at int64, hosts int, techniques ...klaxon.Technique) {
		s := scan(outsider, at)
		s.Targets.Hosts, s.Techniques = hosts, techniques
		d.judge(k1, s, at)
	}
	at(0, 1, klaxon.Syn)
	at(20, 1, klaxon.Syn, klaxon.Xmas)
	for now := int64(21); now < 200; now++ {
		d.tick(now)
	}
	at(100, 1, klaxon.Syn, klaxon.Xmas, klaxon.Fin)
	at(120, 9, klaxon.Syn)
	at(200, 10, klaxon.Syn)
	for now := int64(201); now < 300; now++ {
		at(now, 10+int(now), klaxon.Syn)
		d.tick(now)
	}
	d.want("open 0", "update 30", "update 230")
	if got := d.last(); got.Targets.Hosts != 240 {
		t.Errorf("%+v", got)
	}
}

func TestRetract(t *testing.T) {
	d := newDesk(t)
	d.Retract(k1, "nothing is open", begin)
	d.judge(k1, scan(outsider, 0), 0)
	d.judge(k2, scan(insider, 0), 0)
	s := scan(outsider, 5)
	s.Probes = 99
	d.known[k1] = s
	d.Retract(k1, "it is a poller", begin+9*second)
	d.Retract(k1, "it is a poller", begin+9*second)
	d.want("open 0", "open 0", "retract 9")
	if got := d.last(); got.Why != "it is a poller" || got.Probes != 99 || got.ID != d.told[0].ID {
		t.Errorf("%+v", got)
	}
	if c := d.Counts(); c.Retracted != 1 || c.Records != 3 || c.Opened != 2 || !slices.Equal(d.ended, []Key{k1}) || d.Open(k1) || !d.Open(k2) {
		t.Errorf("counts %+v, ended %v", c, d.ended)
	}
	d.judge(k1, scan(outsider, 10), 10)
	if got := d.last(); got.Event != klaxon.EventOpen || got.ID == d.told[0].ID {
		t.Errorf("after a retraction: %+v", got)
	}
}

// TestGone: an alarm whose source's record is gone closes as it was last told.
func TestGone(t *testing.T) {
	d := newDesk(t)
	s := scan(outsider, 0)
	s.Probes = 321
	d.judge(k1, s, 0)
	d.judge(k2, s, 0)
	clear(d.known)
	d.Retract(k2, "innocent", begin+second)
	d.tick(3600)
	d.want("open 0", "open 0", "retract 1", "close 3600")
	if got := d.last(); got.Probes != 321 || got.Why != "a reason" {
		t.Errorf("%+v", got)
	}
}

// TestSlowScan: a scan with a probe every five minutes is one alarm until twenty
// times that distance passed.
func TestSlowScan(t *testing.T) {
	d := newDesk(t)
	const gap = 300
	s := scan(outsider, 10*gap)
	s.Probes = 11 // 10 distances
	d.judge(k1, s, 10*gap)
	end := int64(10*gap + idleGaps*gap)
	for at := int64(10 * gap); at < end; at += 10 {
		d.tick(at)
	}
	if len(d.told) != 1 {
		t.Fatalf("%v", d.events())
	}
	d.tick(end + 1)
	if d.last().Event != klaxon.EventClose {
		t.Errorf("%v", d.events())
	}
}

func TestCloseAtEnd(t *testing.T) {
	d := newDesk(t)
	firsts := []int64{5, 1, 9, 3, 3}
	for i, f := range firsts {
		s := scan(fmt.Sprintf("198.51.100.%d", i+1), 10)
		s.First = time.Unix(0, begin+f*second)
		d.judge(Key{OfSource, uint32(i), 1}, s, 10)
	}
	s := d.known[Key{OfSource, 2, 1}]
	s.Probes = 4242
	d.known[Key{OfSource, 2, 1}] = s
	d.Close(begin + 20*second)
	closed := d.told[len(firsts):]
	if len(closed) != len(firsts) || d.OpenCount() != 0 || len(d.ended) != len(firsts) {
		t.Fatalf("%v", d.events())
	}
	for i, a := range closed {
		if a.Event != klaxon.EventClose || i > 0 && a.First.Before(closed[i-1].First) {
			t.Errorf("%d: %s, began %s", i, a.Event, a.First)
		}
	}
	if closed[4].Probes != 4242 {
		t.Error("the newest totals are not told")
	}
	d.Close(begin + 21*second)
	if len(d.told) != 2*len(firsts) {
		t.Error("closed twice")
	}
}

// TestTooMany: of more alarms than may be open the quietest is closed.
func TestTooMany(t *testing.T) {
	d := newDesk(t)
	key := func(i int) Key { return Key{OfSource, uint32(i), 1} }
	source := func(i int) string { return fmt.Sprintf("198.18.%d.%d", i/256, i%256) }
	for i := range openMax {
		d.judge(key(i), scan(source(i), 100+int64(i%7)), 110)
	}
	quiet := scan(source(77), 100)
	for i := range openMax { // all but one go on
		if i != 77 {
			d.judge(key(i), scan(source(i), 120), 120)
		} else {
			d.known[key(i)] = quiet
		}
	}
	if len(d.told) != openMax {
		t.Fatalf("%d records", len(d.told))
	}
	for n := range 3 {
		d.judge(key(openMax+n), scan(source(openMax+n), 130), 130)
		closed, opened := d.told[len(d.told)-2], d.told[len(d.told)-1]
		if closed.Event != klaxon.EventClose || opened.Event != klaxon.EventOpen || d.OpenCount() != openMax {
			t.Fatalf("%s, %s, %d open", closed.Event, opened.Event, d.OpenCount())
		}
		if n == 0 && closed.Source.Addr.String() != source(77) {
			t.Errorf("%s was closed", closed.Source.Addr)
		}
	}
	if c := d.Counts(); c.Refused != 3 || c.Opened != openMax+3 {
		t.Errorf("counts %+v", c)
	}
}

func TestPrev(t *testing.T) {
	d := newDesk(t)
	open := func(k Key, source string, at int64) klaxon.Alarm {
		s := scan(source, at)
		s.First = s.Last
		d.judge(k, s, at)
		return d.last()
	}
	a := open(k1, outsider, 0)
	d.Close(begin + 100*second)
	b := open(k2, outsider, 200)
	other := open(Key{OfSource, 3, 1}, insider, 200)
	d.Close(begin + 300*second)
	c := open(k1, outsider, 400)
	if a.Prev != "" || b.Prev != a.ID || c.Prev != b.ID || other.Prev != "" {
		t.Errorf("previous: %q %q %q, of another %q", a.Prev, b.Prev, c.Prev, other.Prev)
	}
	if a.ID == b.ID || b.ID == c.ID || a.ID == c.ID {
		t.Error("one ID for two alarms")
	}
}

// TestPrevOfMany: alarms without a source have no alarm before of the same one.
func TestPrevOfMany(t *testing.T) {
	d := newDesk(t)
	for i := range uint32(3) {
		s := scan("", int64(i))
		s.Shape = klaxon.ShapeFlood
		s.Targets.Dst = []netip.Addr{netip.AddrFrom4([4]byte{10, 0, 0, byte(i)})}
		d.judge(Key{OfFlood, i, 0}, s, int64(i))
		if got := d.last(); got.Prev != "" {
			t.Errorf("the flood of %s is said to follow alarm %s of the same source", got.Targets.Dst, got.Prev)
		}
		d.Close(begin + int64(i)*second)
	}
}

func TestExpected(t *testing.T) {
	d := newDesk(t, "203.0.113.0/24", "2001:db8::/32")
	for i, source := range []string{outsider, "::ffff:203.0.113.8", "2001:db8::1"} {
		s := scan(source, 0)
		s.Confidence, s.Proof = klaxon.Proven, klaxon.ProofData
		k := Key{OfSource, uint32(i), 1}
		d.judge(k, s, 0)
		s.Techniques = append(s.Techniques, klaxon.Xmas)
		d.judge(k, s, 40)
		s.Tool.Name = "nmap"
		d.judge(k, s, 700)
		d.Close(begin + 800*second)
	}
	if len(d.told) != 12 {
		t.Fatalf("%v", d.events())
	}
	for _, a := range d.told {
		if a.Severity != 1 || !slices.Equal(a.Marks, []klaxon.Mark{klaxon.MarkExpected}) {
			t.Errorf("%s %s: severity %d, marks %v", a.Source.Addr, a.Event, a.Severity, a.Marks)
		}
	}
	for i, source := range []string{"203.0.114.1", "2001:db9::1", ""} {
		d.judge(Key{OfSource, uint32(i), 9}, scan(source, 0), 900)
		if got := d.last(); got.Severity != 3 || len(got.Marks) != 0 {
			t.Errorf("%q: severity %d, marks %v", source, got.Severity, got.Marks)
		}
	}
}

// TestMove: an alarm that turns out to be about a run is that run's.
func TestMove(t *testing.T) {
	run := Key{OfRun, 5, 1}
	d := newDesk(t)
	d.Move(k1, run, begin) // nothing is open
	d.judge(k1, scan(outsider, 0), 0)
	d.judge(k2, scan(insider, 0), 0)
	d.Move(k1, run, begin+second)
	if d.Open(k1) || !d.Open(run) {
		t.Error("it did not move")
	}
	s := scan("", 1)
	s.SourcesTotal = 2
	d.judge(run, s, 2)
	d.want("open 0", "open 0")
	d.Move(k2, run, begin+3*second) // it has an alarm already
	d.want("open 0", "open 0", "close 3")
	if d.last().ID != d.told[1].ID || d.OpenCount() != 1 {
		t.Errorf("%d open", d.OpenCount())
	}
	d.judge(run, s, 31)
	d.want("open 0", "open 0", "close 3", "update 31")
	if got := d.last(); got.ID != d.told[0].ID || got.SourcesTotal != 2 || got.Source.Addr.IsValid() {
		t.Errorf("%+v", got)
	}
	d.Close(begin + 40*second)
	if d.OpenCount() != 0 || !slices.Contains(d.ended, run) {
		t.Errorf("ended %v", d.ended)
	}
}

// TestDue: whoever calls Tick when something is due tells the same at the same
// times as one who calls it every second.
func TestDue(t *testing.T) {
	for seed := range uint64(50) {
		var runs [2][]string
		for lazy := range 2 {
			r := rand.New(rand.NewPCG(seed, 9))
			d := newDesk(t)
			last := [4]int64{}
			for at := range int64(8000) {
				if lazy == 0 || d.Due() <= begin+at*second {
					d.tick(at)
				}
				i := r.IntN(4)
				if r.IntN(20+300*i) > 0 {
					continue
				}
				s := scan(fmt.Sprintf("198.51.100.%d", i), at)
				s.Probes = uint64(2 + r.IntN(100))
				if last[i]++; r.IntN(3) == 0 {
					s.Tool.Name = fmt.Sprint(last[i])
				}
				k := Key{OfSource, uint32(i), 1}
				if r.IntN(40) == 0 {
					d.Retract(k, "innocent", begin+at*second)
				} else {
					d.judge(k, s, at)
				}
			}
			for _, a := range d.told {
				runs[lazy] = append(runs[lazy], fmt.Sprintf("%s %d %s %s %d", a.Event, (a.Time.UnixNano()-begin)/second, a.ID, a.Tool.Name, a.Probes))
			}
			if c := d.Counts(); int(c.Records) != len(d.told) || int(c.Opened) != d.OpenCount()+len(d.ended) {
				t.Errorf("seed %d: counts %+v, %d told, %d open, %d ended", seed, c, len(d.told), d.OpenCount(), len(d.ended))
			}
		}
		if !slices.Equal(runs[0], runs[1]) {
			t.Fatalf("seed %d:\neach second %q\n   when due %q", seed, runs[0], runs[1])
		}
	}
}
