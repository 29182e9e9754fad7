//go:build !(aix || dragonfly || illumos || solaris)

package main

import (
	"strings"
	"testing"
	"time"

	"klaxon"
	"klaxon/internal/control"
	"klaxon/internal/plot"
	"klaxon/internal/render"
)

func TestMoments(t *testing.T) {
	zone := time.FixedZone("here", 3600)
	l := look{loc: zone, now: time.Date(2026, 11, 25, 12, 0, 0, 0, zone)}
	for text, want := range map[string]string{
		"24h": "2026-11-24T12:00:00+01:00", "7d": "2026-11-18T12:00:00+01:00", "2w": "2026-11-11T12:00:00+01:00", "90s": "2026-11-25T11:58:30+01:00",
		"2026-11-24": "2026-11-24T00:00:00+01:00", "2026-11-24 15:04": "2026-11-24T15:04:00+01:00", "2026-11-24T15:04:05Z": "2026-11-24T15:04:05Z",
	} {
		if got, err := l.parseMoment(text); err != nil || got.Format(time.RFC3339) != want {
			t.Errorf("%s is %s, %v; want %s", text, got.Format(time.RFC3339), err, want)
		}
	}
	for _, text := range []string{"", "0h", "-24h", "d", "-1d", "99999d", "yesterday", "2026-13-01"} {
		if got, err := l.parseMoment(text); err == nil {
			t.Errorf("%q is %s", text, got)
		}
	}
	for at, want := range map[time.Time]string{
		l.now.Add(-time.Hour):            "11:00:00",
		l.now.Add(-24 * time.Hour):       "Nov 24 12:00:00",
		l.now.Add(-400 * 24 * time.Hour): "2025-10-21 12:00:00",
	} {
		if got := l.when(at); got != want {
			t.Errorf("%s is shown as %s, want %s", at, got, want)
		}
	}
}

func TestAmounts(t *testing.T) {
	for got, want := range map[string]string{
		amount(1, "host", "hosts"): "1 host", amount(0, "host", "hosts"): "0 hosts", amount(1234567, "host", "hosts"): "1,234,567 hosts",
		render.Grouped(999): "999", render.Grouped(1000): "1,000", size(1023): "1023 B", size(1 << 20): "1.0 MiB", size(5 << 30): "5.0 GiB",
		per(0): "0.0", per(0.04): "below 0.1", per(12.34): "12", per(12345): "12,345",
		shown("a\\x1b"): "a\\x1b", shown("a\x1b"): "a\\x1b", shown("\u202e"): "\\xe2\\x80\\xae",
	} {
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// TestCells: whatever a stranger wrote, a cell of CSV, HTML or Markdown holds it as
// text alone.
func TestCells(t *testing.T) {
	for in, want := range map[string]string{
		"plain": `"plain"`, "=1+1": `"'=1+1"`, "+1": `"'+1"`, "-1": `"'-1"`, "@x": `"'@x"`, "|x": `"'|x"`, "%x": `"'%x"`,
		"\t=1": `"\x09=1"`, "a\"b": `"a""b"`, "a\r\nb": `"a\x0d\x0ab"`, "": `""`, "\u202e": `"\xe2\x80\xae"`,
	} {
		var out strings.Builder
		csv{&out}.row(in)
		if got := strings.TrimSuffix(out.String(), "\r\n"); got != want {
			t.Errorf("%q became %s, want %s", in, got, want)
		}
	}
	if got := inHTML("<a href='x' onload=\"y\">&`\x00"); got != "&lt;a href=&#39;x&#39; onload=&#34;y&#34;&gt;&amp;&#96;\\x00" {
		t.Errorf("HTML: %s", got)
	}
	for in, want := range map[string]string{
		"[x](http://e)": `\[x\]\(http:\/\/e\)`, "a|b": `a\|b`, "<b>": `&lt;b\>`, "`c`": "\\`c\\`", "**d**": `\*\*d\*\*`, "a@b.c": "a&#64;b.c", "\n# e": `\\x0a\# e`,
	} {
		if got := inMarkdown(in); got != want {
			t.Errorf("Markdown: %q became %s, want %s", in, got, want)
		}
	}
}

func FuzzCells(f *testing.F) {
	f.Add(hostile)
	f.Add("=1\x00\"")
	f.Fuzz(func(t *testing.T, text string) {
		var out strings.Builder
		csv{&out}.row(text)
		cell := strings.TrimSuffix(strings.TrimPrefix(strings.TrimSuffix(out.String(), "\r\n"), `"`), `"`)
		if strings.Contains(strings.ReplaceAll(cell, `""`, ""), `"`) || cell != "" && strings.ContainsRune("=+-@|%\t\r", rune(cell[0])) {
			t.Errorf("%q is the cell %s", text, cell)
		}
		if strings.ContainsAny(inHTML(text), "<>\"'`") {
			t.Errorf("%q is %s", text, inHTML(text))
		}
		for _, s := range []string{cell, inHTML(text), inMarkdown(text)} {
			for i := range len(s) {
				if s[i] < ' ' || s[i] > '~' {
					t.Fatalf("%q: byte %#x", text, s[i])
				}
			}
		}
	})
}

// TestChart: few ports have rows of their own; many share rows, and no probe is
// left out.
func TestChart(t *testing.T) {
	var few, many []spot
	for i := range 5 {
		few = append(few, spot{plot.Point{Time: int64(i) * int64(time.Second), Port: uint16(20 + i)}, klaxon.TCP})
	}
	few = append(few, spot{Point: plot.Point{Band: plot.ICMP}})
	chart := chartOf(few, time.UTC)
	if n := strings.Count(chart, "|") / 2; n != 6 || !strings.Contains(chart, "          tcp 20 |.  ") || !strings.Contains(chart, "            icmp |.  ") {
		t.Errorf("%d rows:\n%s", n, chart)
	}
	for i := range 65535 {
		many = append(many, spot{plot.Point{Time: int64(i), Port: uint16(i + 1)}, []klaxon.Transport{klaxon.TCP, klaxon.UDP}[i%2]})
	}
	lanes := lanesOf(many)
	if len(lanes) > chartRows+2 {
		t.Errorf("%d rows", len(lanes))
	}
	for _, s := range many {
		n := 0
		for i := range lanes {
			if lanes[i].has(&s) {
				n++
			}
		}
		if n != 1 {
			t.Fatalf("%v is in %d rows", s, n)
		}
	}
	if chartOf(nil, time.UTC) != "" {
		t.Error("nothing has a chart")
	}
}

// TestFlagsAreTold: completion offers what usage tells, so usage has to tell every
// flag, and no other.
func TestFlagsAreTold(t *testing.T) {
	for _, c := range commands() {
		for _, f := range flagsIn(&c) {
			if f == "-h" || c.name == "completion" {
				continue
			}
			var errs strings.Builder
			c.run([]string{f + "=\x00"}, &errs, &errs)
			if strings.Contains(errs.String(), "not defined") {
				t.Errorf("klaxonctl %s has no %s, and its usage tells of it", c.name, f)
			}
		}
	}
}

// TestWhatOf: a list has room for few techniques, and says how many there are more.
func TestWhatOf(t *testing.T) {
	a := &klaxon.Alarm{Scan: klaxon.Scan{Shape: klaxon.ShapeBlock, Techniques: []klaxon.Technique{klaxon.Syn, klaxon.Udp, klaxon.Arp}}}
	a.Tool.Name = "nmap"
	for room, want := range map[int]string{1: "syn+2/block by nmap", 2: "syn,udp+1/block by nmap", 3: "syn,udp,arp/block by nmap", 9: "syn,udp,arp/block by nmap"} {
		if got := whatOf(a, room); got != want {
			t.Errorf("room for %d: %s, want %s", room, got, want)
		}
	}
}

// TestStanding: whoever is told with others is not said to have an alarm of his own.
func TestStanding(t *testing.T) {
	for want, w := range map[string]control.Why{
		"an alarm is open, proven":                              {Told: true, Confidence: "proven"},
		"it is told as one of a crowd (established), alarm abc": {Told: true, Crowd: "abc", Confidence: "established"},
		"no alarm: it proved to be a poller":                    {Told: true, Innocent: true},
	} {
		if got := standing(&w); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// TestSeverityWords: the words are those of the alarm, of which a number knows little.
func TestSeverityWords(t *testing.T) {
	alarm := func(severity int, shape klaxon.Shape, zone klaxon.Zone, marks ...klaxon.Mark) *klaxon.Alarm {
		return &klaxon.Alarm{Scan: klaxon.Scan{Severity: severity, Shape: shape, Zone: zone, Marks: marks}}
	}
	for _, c := range []struct {
		a    *klaxon.Alarm
		want string
	}{
		{alarm(1, klaxon.ShapeVertical, klaxon.ZoneInside, klaxon.MarkExpected), "whatever an expected source does"},
		{alarm(1, klaxon.ShapeTouch, klaxon.ZoneInside), "a touch by an address that is not proven"},
		{alarm(2, klaxon.ShapeTouch, klaxon.ZoneLoopback), "a proven touch that is not from inside"},
		{alarm(2, klaxon.ShapeSweep, klaxon.ZoneInside), "a suspect"},
		{alarm(3, klaxon.ShapeFlood, klaxon.ZoneOutside), "a flood"},
		{alarm(3, klaxon.ShapeVertical, klaxon.ZoneOutside), "a scan from outside"},
		{alarm(3, klaxon.ShapeVertical, klaxon.ZoneInside, klaxon.MarkIdle), "an established scan"},
		{alarm(4, klaxon.ShapeTouch, klaxon.ZoneOutside), "from outside, and aimed at this host"},
		{alarm(4, klaxon.ShapeVertical, klaxon.ZoneLoopback), "a proven scan"},
		{alarm(5, klaxon.ShapeVertical, klaxon.ZoneInside), "from inside"},
		{alarm(5, klaxon.ShapeTouch, klaxon.ZoneOutside, klaxon.MarkContact), "contact after reconnaissance"},
	} {
		if got := severityWords(c.a); got != c.want {
			t.Errorf("%d %s %s %v: %q, want %q", c.a.Severity, c.a.Shape, c.a.Zone, c.a.Marks, got, c.want)
		}
	}
}

// TestTrapWords: traps that told of nothing were half-opened at most, and nothing beside
// that calls such a contact a touch, or says that it is none.
func TestTrapWords(t *testing.T) {
	for want, w := range map[string]control.Why{
		"none with traps":                           {},
		"1 with a trap, half-open or unanswered":    {Traps: 1},
		"1,000 with traps, half-open or unanswered": {Traps: 1000},
		"1 with a trap, which told of 3 touches":    {Traps: 1, Touches: 3},
		"2 with traps, which told of 1 touch":       {Traps: 2, Touches: 1},
		"0 with traps, which told of 1 touch":       {Touches: 1},
	} {
		if got := trapWords(&w); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
