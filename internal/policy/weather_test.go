package policy

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"klaxon"
)

// from is a passer-by who looked for a service.
func from(n int, port uint16) *klaxon.Scan {
	s := touching(fmt.Sprintf("203.%d.%d.%d", n>>16, n>>8&255, n&255), 0, port)
	return &s
}

var morning = time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)

func TestWeather(t *testing.T) {
	w := NewWeather(1)
	if _, ok := w.Report(morning); ok {
		t.Error("a day was over that never began")
	}
	for n := range 1000 {
		s := from(n%500, uint16(23+n%2))
		if n%500 >= 100 {
			s.Proof = klaxon.ProofNone
		}
		if n%10 == 0 {
			s.Tool.Name = "zmap"
		}
		w.Add(s, n == 5)
	}
	w.Add(&klaxon.Scan{Sources: []netip.Addr{netip.MustParseAddr("203.0.0.1"), netip.MustParseAddr("198.51.100.1")}, SourcesTotal: 2002}, false)
	if _, ok := w.Report(morning.Add(23 * time.Hour)); ok {
		t.Error("a day was over after 23 hours")
	}
	h, ok := w.Report(morning.Add(24 * time.Hour))
	const want = "2501 sources from outside in 24 h, 100 proven; for tcp/23 (500), tcp/24 (500); by connect (1000); with zmap (100); " +
		"from 203.0.0.0/24 (513), 203.0.1.0/24 (488), 198.51.100.0/24 (1); 1 told when they came"
	if !ok || h.What != klaxon.HealthWeather || h.Count != 2501 || h.Detail != want || !h.Since.Equal(morning) {
		t.Errorf("%v, %+v\nwant %s", ok, h, want)
	}
	h, ok = w.Report(morning.Add(48 * time.Hour))
	if !ok || h.Count != 0 || h.Detail != "nobody from outside came by in 24 h, other than the day before" {
		t.Errorf("the day after: %v, %+v", ok, h)
	}
	if _, ok = w.Report(morning.Add(72 * time.Hour)); ok {
		t.Error("a second silent day was told")
	}
	w.Add(from(1, 23), false)
	if _, ok = w.Report(morning.Add(71 * time.Hour)); ok {
		t.Error("a clock that was set back ended a day")
	}
	if h, ok = w.Report(morning.Add(95 * time.Hour)); !ok || h.Detail != "1 source from outside in 24 h, 1 proven; for tcp/23 (1); by connect (1); from 203.0.0.0/24 (1)" {
		t.Errorf("%v, %s", ok, h.Detail)
	}
}

// TestManySources: beyond what is counted exactly the count is an estimate, within
// 5 %, and nothing grows.
func TestManySources(t *testing.T) {
	for _, many := range []int{weatherSources - 1, weatherSources, weatherSources + 1, 10_000, 30_000} {
		w := NewWeather(7)
		w.Report(morning)
		for n := range many {
			for range 2 {
				s := from(n, uint16(n))
				s.Techniques = []klaxon.Technique{klaxon.Technique(fmt.Sprint("made up ", n))}
				s.Tool.Name = fmt.Sprint("tool ", n)
				w.Add(s, false)
			}
		}
		h, _ := w.Report(morning.Add(day))
		off := float64(h.Count)/float64(many) - 1
		if many <= weatherSources && off != 0 || off > 0.05 || off < -0.05 {
			t.Errorf("%d sources are counted as %d", many, h.Count)
		}
		if about := strings.HasPrefix(h.Detail, "about "); about != (many > weatherSources) {
			t.Errorf("%d sources: %s", many, h.Detail)
		}
		if len(h.Detail) > 600 {
			t.Errorf("%d bytes of detail", len(h.Detail))
		}
	}
}

// TestRankingIsBounded: what is frequent is found among any number of words.
func TestRankingIsBounded(t *testing.T) {
	r := newRanking(16)
	for n := range 10_000 {
		r.add(fmt.Sprint("rare ", n))
		if n%4 == 0 {
			r.add("frequent")
		}
	}
	if len(r.counts) != 16 {
		t.Errorf("%d words are kept", len(r.counts))
	}
	if top := r.top(3); !strings.HasPrefix(top, "frequent (2500)") && !strings.HasPrefix(top, "frequent (about 2") || strings.Contains(top, "rare") {
		t.Errorf("top: %s", top)
	}
}

// TestWeatherSurvives: a day goes on where it was.
func TestWeatherSurvives(t *testing.T) {
	a, b := NewWeather(1), NewWeather(2)
	a.Report(morning)
	both := func(n int) {
		a.Add(from(n, uint16(n%300)), n%100 == 0)
		b.Add(from(n, uint16(n%300)), n%100 == 0)
	}
	for n := range 5000 {
		a.Add(from(n, uint16(n%300)), n%100 == 0)
	}
	data, err := a.Marshal()
	if err == nil {
		err = b.Unmarshal(data)
	}
	if err != nil {
		t.Fatal(err)
	}
	for n := range 3000 {
		both(n * 3)
	}
	x, okA := a.Report(morning.Add(day))
	y, okB := b.Report(morning.Add(day))
	if !okA || !okB || x != y {
		t.Errorf("%+v\n%+v", x, y)
	}
	if err := b.Unmarshal([]byte(`{"sources":{"hashes":[2,1]}}`)); err == nil {
		t.Error("hashes out of order were taken")
	}
	if err := b.Unmarshal([]byte(`{"services":{"` + strings.Repeat("x", 65) + `":{"N":1}}}`)); err == nil {
		t.Error("a long word was taken")
	}
	if z, ok := b.Report(morning.Add(2 * day)); !ok || z.Count != 0 {
		t.Errorf("after damage: %v, %+v", ok, z)
	}
}

// FuzzUnmarshal: whatever a file says, the weather can be asked and kept again.
func FuzzUnmarshal(f *testing.F) {
	w := NewWeather(3)
	w.Report(morning)
	for n := range 40 {
		w.Add(from(n, 23), false)
	}
	data, err := w.Marshal()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	f.Add([]byte(`{"since":"0001-01-01T00:00:00Z","sources":{"hashes":[1],"full":true}}`))
	f.Add([]byte(`{"since":"9999-12-31T23:59:59Z","more":18446744073709551615,"sources":{"hashes":[0,1,18446744073709551615]}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		w := NewWeather(1)
		if err := w.Unmarshal(data); err != nil {
			return
		}
		for n := range 10 {
			w.Add(from(n, uint16(n)), true)
		}
		again, err := w.Marshal()
		if err == nil {
			err = NewWeather(5).Unmarshal(again)
		}
		if err != nil {
			t.Errorf("what was taken is refused: %v", err)
		}
		h, _ := w.Report(morning)
		h2, ok := w.Report(h.Time.Add(2 * day))
		if len(h.Detail) > 4096 || ok && h2.Time.IsZero() {
			t.Errorf("%d bytes: %+v", len(h.Detail), h2)
		}
	})
}

// FuzzRecall does the same with all that Alarms remember.
func FuzzRecall(f *testing.F) {
	d := newCalmDesk(&testing.T{}, forPC(func(*Rule) {}))
	d.judge(k1, touching(pc, 0, 23), 0)
	d.judge(k2, touching(outsider, 0, 23), 0)
	d.Close(begin + second)
	f.Add(d.Memory())
	f.Add([]byte(`{"v":1,"guests":[{"addr":"10.0.0.1","traps":[3,1,1]}],"told":[1,-1]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		d := newCalmDesk(t, forPC(func(*Rule) {}))
		if d.Recall(data) != nil {
			return
		}
		d.judge(k1, touching(pc, 0, 23), 0)
		d.judge(k2, touching(outsider, 0, 23), 0)
		d.Close(begin + second)
		if err := d.Recall(d.Memory()); err != nil {
			t.Errorf("what was taken is refused: %v", err)
		}
	})
}
