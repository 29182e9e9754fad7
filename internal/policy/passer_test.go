package policy

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"klaxon"
)

// outside is the n-th of many networks.
func outside(n int) string { return fmt.Sprintf("203.%d.%d.7", n>>8&255, n&255) }

// TestWhoIsQuiet: passers-by are, and nobody else.
func TestWhoIsQuiet(t *testing.T) {
	addr := netip.MustParseAddr
	for _, c := range []struct {
		name  string
		scan  func(*klaxon.Scan)
		quiet bool
	}{
		{"a touch from outside", func(*klaxon.Scan) {}, true},
		{"a scan from outside", func(s *klaxon.Scan) { s.Shape, s.Targets.Hosts = klaxon.ShapeSweep, 99 }, true},
		{"contact", func(s *klaxon.Scan) { s.Marks = []klaxon.Mark{klaxon.MarkContact} }, false},
		{"from inside", func(s *klaxon.Scan) { s.Source.Addr = addr(insider) }, false},
		{"from inside, without proof", func(s *klaxon.Scan) { s.Source.Addr, s.Proof = addr(insider), klaxon.ProofNone }, false},
		{"loopback", func(s *klaxon.Scan) { s.Source.Addr = addr("127.0.0.1") }, false},
		{"a flood", func(s *klaxon.Scan) { s.Source.Addr, s.Shape = netip.Addr{}, klaxon.ShapeFlood }, false},
		{"many from outside", func(s *klaxon.Scan) {
			s.Source.Addr, s.Sources, s.SourcesTotal, s.Proof = netip.Addr{}, []netip.Addr{addr(outsider), addr("198.51.100.1")}, 300, klaxon.ProofNone
		}, true},
		{"many, and one of ours", func(s *klaxon.Scan) {
			s.Source.Addr, s.Sources, s.SourcesTotal, s.Proof = netip.Addr{}, []netip.Addr{addr(outsider), addr(insider)}, 300, klaxon.ProofNone
		}, false},
		{"several with one target", func(s *klaxon.Scan) {
			s.Source.Addr, s.Sources, s.SourcesTotal = netip.Addr{}, []netip.Addr{addr(outsider), addr("198.51.100.1")}, 2
			s.Marks = []klaxon.Mark{klaxon.MarkDistributed}
		}, false},
	} {
		d := newCalmDesk(t)
		s := touching(outsider, 0, 23)
		c.scan(&s)
		d.judge(k1, s, 0)
		if a := d.last(); a.Quiet != c.quiet {
			t.Errorf("%s: quiet %v", c.name, a.Quiet)
		}
		d.Close(begin + second)
		if a := d.last(); a.Event != klaxon.EventClose || a.Quiet != (c.quiet || c.name == "several with one target") {
			t.Errorf("%s: %s quiet %v", c.name, a.Event, a.Quiet)
		}
	}
	// Without calm, nothing is.
	d := newDesk(t)
	d.judge(k1, touching(outsider, 0, 23), 0)
	if d.last().Quiet || d.Memory() != nil {
		t.Error("tocsin is quiet")
	}
}

// TestComesBack: a passer-by who uses what it found is told at once, and to the end.
func TestComesBack(t *testing.T) {
	d := newCalmDesk(t)
	s := touching(outsider, 0, 23)
	d.judge(k1, s, 0)
	s.Marks = []klaxon.Mark{klaxon.MarkContact}
	d.judge(k1, s, 5)
	d.Close(begin + 10*second)
	d.want("open 0", "update 5", "close 10")
	for i, quiet := range []bool{true, false, false} {
		if a := d.told[i]; a.Quiet != quiet || !quiet && a.Severity != 5 {
			t.Errorf("%s: quiet %v, severity %d", a.Event, a.Quiet, a.Severity)
		}
	}
}

// TestAimed: one a day is told when it shows, of severity 4; the others are in the
// weather.
func TestAimed(t *testing.T) {
	d := newCalmDesk(t)
	d.Weather(d.wall(begin))
	for n := range 5 {
		at := int64(n) * 3600
		k := Key{OfSource, uint32(n), 1}
		d.judge(k, touching(outside(n), at, 23), at)
		d.looks[k] = Look{Aimed: true}
		d.judge(k, touching(outside(n), at+30, 23, 25, 512), at+30) // too few to say
		d.judge(k, touching(outside(n), at+60, 22, 23, 25, 512), at+60)
		d.judge(k, touching(outside(n), at+90, 22, 23, 25, 512), at+90)
	}
	var loud []klaxon.Alarm
	for _, a := range d.told {
		if !a.Quiet {
			loud = append(loud, a)
		}
	}
	if len(loud) != 1 || loud[0].Severity != 4 || loud[0].Time.UnixNano() != begin+60*second || !strings.Contains(loud[0].Why, "; it means this host") {
		t.Errorf("told: %+v", loud)
	}
	k := Key{OfSource, 9, 1}
	at := int64(25 * 3600)
	d.looks[k] = Look{Aimed: true}
	d.judge(k, touching(outside(9), at, 22, 23, 25, 512), at)
	if a := d.last(); a.Quiet {
		t.Error("the next day, nobody is told")
	}
	for _, unlike := range []func(*klaxon.Scan){
		func(s *klaxon.Scan) { s.Proof = klaxon.ProofNone },
		func(s *klaxon.Scan) { s.Tool.Name = "nmap" },
		func(s *klaxon.Scan) { s.Targets.Hosts = 4 },
		func(s *klaxon.Scan) { s.Targets.Services = 17 },
	} {
		d := newCalmDesk(t)
		s := touching(outsider, 0, 22, 23, 25, 512)
		d.looks[k1] = Look{Aimed: true}
		unlike(&s)
		d.judge(k1, s, 0)
		if !d.last().Quiet {
			t.Errorf("told as aimed: %+v", s)
		}
	}
	d.Close(begin + at*second + second)
	if h, ok := d.Weather(d.wall(begin).Add(26 * time.Hour)); !ok || h.Count != 6 || !strings.HasSuffix(h.Detail, "; 2 told when they came; 4 more were unusual") {
		t.Errorf("%v, %+v", ok, h)
	}
}

// days lets so many of the usual come by, for so many days, and returns the time.
func (d *desk) days(from, to, daily int, pass func(n int) klaxon.Scan) {
	for n := from * daily; n < to*daily; n++ {
		at := int64(n) * 86400 / int64(daily)
		s := pass(n)
		s.First = time.Unix(0, begin+at*second).UTC()
		s.Last = s.First
		d.judge(Key{OfSource, uint32(n), 1}, s, at)
		d.tick(at)
	}
}

// TestNew: who comes with a tool or for a service that nobody came with for a month
// is told, once a day; where the unusual is usual, nobody is.
func TestNew(t *testing.T) {
	usual := func(n int) klaxon.Scan {
		s := touching(outside(n%50), 0, uint16(22+n%4))
		s.Tool.Name = []string{"", "zmap"}[n%2]
		return s
	}
	loud := func(d *desk) (why []string) {
		for _, a := range d.told {
			if !a.Quiet {
				why = append(why, a.Why[strings.LastIndex(a.Why, "; ")+2:])
			}
		}
		d.told = nil
		return why
	}
	d := newCalmDesk(t)
	d.days(0, 10, 100, usual)
	if why := loud(d); len(why) != 0 {
		t.Fatalf("the usual is told: %q", why)
	}
	odd := func(tool string, port uint16, network int) func(int) klaxon.Scan {
		return func(n int) klaxon.Scan {
			if n%100 != 50 {
				return usual(n)
			}
			s := touching(outside(network), 0, port)
			s.Tool.Name = tool
			return s
		}
	}
	for day, c := range []struct {
		tool    string
		port    uint16
		network int
		want    string
	}{
		{"masscan", 23, 1, "nobody came with masscan in the last 30 days"},
		{"masscan", 23, 2, ""},
		{"zmap", 3389, 3, "nobody looked for tcp/3389 in the last 30 days"},
		{"zmap", 23, 999, "nobody came from 203.3.231.0/24 in the last 30 days"},
	} {
		d.days(10+day, 11+day, 100, odd(c.tool, c.port, c.network))
		why := loud(d)
		if (c.want == "") != (len(why) == 0) || len(why) > 1 || c.want != "" && why[0] != c.want {
			t.Errorf("day %d: told %q, want %q", 10+day, why, c.want)
		}
	}
	d.days(14, 15, 100, func(n int) klaxon.Scan { // what is forged becomes neither usual nor new
		s := usual(n)
		if n%100 == 50 {
			s.Tool.Name, s.Proof, s.Confidence = "hping", klaxon.ProofNone, klaxon.Established
		}
		return s
	})
	if why := loud(d); len(why) != 0 {
		t.Errorf("a forged source with a new tool: %q", why)
	}
	d.days(15, 16, 100, odd("hping", 23, 1))
	if why := loud(d); len(why) != 1 {
		t.Errorf("a real one after a forged one: %q", why)
	}
	d.days(16, 60, 100, usual)
	loud(d)
	d.days(60, 61, 100, odd("masscan", 23, 1))
	if why := loud(d); len(why) != 1 {
		t.Errorf("after a month: %q", why)
	}

	wild := newCalmDesk(t) // every network is new here
	wild.days(0, 20, 100, func(n int) klaxon.Scan { return touching(outside(n), 0, 23) })
	if why := loud(wild); len(why) > 0 {
		t.Errorf("where every network is new: %q", why)
	}
	for _, k := range wild.calm.familiar.kinds {
		if len(k.seen) > familiarWords || len(k.fresh) > familiarDays+2 {
			t.Errorf("%d words, %d days are remembered", len(k.seen), len(k.fresh))
		}
	}
}

// TestFamiliarIsBounded whatever comes.
func TestFamiliarIsBounded(t *testing.T) {
	f := newFamiliar()
	at := time.Unix(0, begin)
	for n := range familiarWords + 1000 {
		f.kinds[newNetwork].note(fmt.Sprint(n), dayNumber(at)+int64(n/400))
	}
	if k := f.kinds[newNetwork]; len(k.seen) != familiarWords || len(k.fresh) > familiarDays+2 {
		t.Errorf("%d words, %d days", len(k.seen), len(k.fresh))
	}
}

// TestUnprovenDayIsQuiet: a hundred thousand forged sources make nobody read.
func TestUnprovenDayIsQuiet(t *testing.T) {
	d := newCalmDesk(t)
	for n := range 20_000 {
		at := int64(n) / 20
		s := unproven(n, "192.0.2.5", at)
		s.Source.Addr = netip.AddrFrom4([4]byte{203, 1, byte(n >> 8), byte(n)})
		d.meet(n, s, at)
		d.tick(at)
	}
	d.Close(begin + 5000*second)
	for _, a := range d.told {
		if !a.Quiet {
			t.Errorf("people are told of %s: %s", a.Source.Addr, a.Why)
		}
	}
	d.Weather(d.wall(begin))
	if h, ok := d.Weather(d.wall(begin).Add(day)); !ok || h.Count < 19_900 || h.Count > 20_000 {
		t.Errorf("%v, %+v", ok, h)
	}
}
