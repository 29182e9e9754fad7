package render

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"klaxon"
)

var east = time.FixedZone("", 2*3600) // noon.UTC is 14:00:00 there

func TestHumanTouch(t *testing.T) {
	tests := []struct {
		what   string
		change func(*klaxon.Touch)
		want   string
	}{
		{"plain", nil, "192.0.2.7 touched tcp/512 (rexec) on 10.0.0.1"},
		{
			"name", func(t *klaxon.Touch) { t.Source.Name = "host.example" },
			"host.example (192.0.2.7) touched tcp/512 (rexec) on 10.0.0.1",
		},
		{
			"claim", func(t *klaxon.Touch) { t.Ident = claim("root") },
			`192.0.2.7 touched tcp/512 (rexec) on 10.0.0.1, claims to be "root"`,
		},
		{
			"claim that speaks for us",
			func(t *klaxon.Touch) { t.Ident = claim("root\"; this came over \\loopback\x1b~") },
			`192.0.2.7 touched tcp/512 (rexec) on 10.0.0.1, claims to be "root\x22; this came over \\loopback\x1b\x7e"`,
		},
		{
			"claim of 129 bytes",
			func(t *klaxon.Touch) { t.Ident = claim(strings.Repeat("x", 129)) },
			`192.0.2.7 touched tcp/512 (rexec) on 10.0.0.1, claims to be "` + strings.Repeat("x", 128) + `~"`,
		},
		{
			"name and label that speak for us",
			func(t *klaxon.Touch) { t.Source.Name, t.Service = "a touched", "x) on 1" },
			`a\x20touched (192.0.2.7) touched tcp/512 (x\x29\x20on\x201) on 10.0.0.1`,
		},
		{
			"loopback", func(t *klaxon.Touch) {
				t.Source.Addr, t.Target.Addr = netip.MustParseAddr("::1"), netip.MustParseAddr("::1")
				t.Zone = klaxon.ZoneLoopback
			},
			"::1 touched tcp/512 (rexec) on ::1; this came over loopback",
		},
		{
			"datagram", func(t *klaxon.Touch) {
				t.Transport, t.Target.Port, t.Service, t.Proof = klaxon.UDP, 69, "tftp", klaxon.ProofNone
			},
			"192.0.2.7 touched udp/69 (tftp) on 10.0.0.1; source unproven",
		},
		{
			"relayed", func(t *klaxon.Touch) {
				t.Proof, t.Marks = klaxon.ProofNone, []klaxon.Mark{klaxon.MarkRelayed, klaxon.MarkDrill, "x\n"}
			},
			`192.0.2.7 touched tcp/512 (rexec) on 10.0.0.1; source unproven; relayed, not seen by klaxond; drill; x\x0a`,
		},
		{"no label", func(t *klaxon.Touch) { t.Service = "" }, "192.0.2.7 touched tcp/512 on 10.0.0.1"},
		{"label of a number", func(t *klaxon.Touch) { t.Service = "512" }, "192.0.2.7 touched tcp/512 on 10.0.0.1"},
		{
			"link-local", func(t *klaxon.Touch) {
				t.Source.Addr, t.Target.Addr = netip.MustParseAddr("fe80::7%eth0"), netip.MustParseAddr("fe80::1%eth0")
			},
			"fe80::7%eth0 touched tcp/512 (rexec) on fe80::1",
		},
		{
			"nothing known", func(t *klaxon.Touch) { *t = klaxon.Touch{} },
			"an unknown source touched -/0; source unproven",
		},
	}
	for _, tt := range tests {
		touch := knock(tt.change)
		touch.Time = noon
		if got := AppendHuman([]byte("> "), touch, east); string(got) != "> 14:00:00  "+tt.want {
			t.Errorf("%s:\n got %s\nwant > 14:00:00  %s", tt.what, got, tt.want)
		}
	}
}

func TestHumanHealth(t *testing.T) {
	minute := noon.Add(-time.Minute)
	tests := []struct {
		health klaxon.Health
		want   string
	}{
		{
			klaxon.Health{What: klaxon.HealthHeldBack, Count: 123, Since: minute},
			"123 more records held back since 13:59:00 (all are counted)",
		},
		{
			klaxon.Health{What: klaxon.HealthHeldBack, Count: 1, Since: minute, Detail: "most from 192.0.2.7"},
			"1 more record held back since 13:59:00 (all are counted); most from 192.0.2.7",
		},
		{
			klaxon.Health{What: klaxon.HealthDrops, Count: 12, Since: minute, Detail: "touches came faster than they could be taken"},
			"12 records lost since 13:59:00: touches came faster than they could be taken",
		},
		{
			klaxon.Health{What: klaxon.HealthDrops, Count: 1, Since: minute, Output: "json"},
			"1 record lost on the way to json since 13:59:00",
		},
		{
			klaxon.Health{What: klaxon.HealthDrops, Count: 2, Since: minute, Output: "json", Detail: "writing again"},
			"2 records lost on the way to json since 13:59:00: writing again",
		},
		{
			klaxon.Health{What: klaxon.HealthHeldBack, Output: "syslog", Detail: "dial /dev/log:\nrefused"},
			`output syslog: dial /dev/log:\x0arefused`,
		},
		{klaxon.Health{What: klaxon.HealthDrops}, "0 records lost"},
		{
			klaxon.Health{What: klaxon.HealthDisk, Output: "json", Since: minute, Detail: "write /x: no space left on device"},
			"output json cannot be written: write /x: no space left on device",
		},
		{
			klaxon.Health{What: klaxon.HealthDisk, Output: "json", Since: minute, Count: 3, Detail: "write /x: input/output error"},
			"output json cannot be written, 3 records lost since 13:59:00: write /x: input/output error",
		},
		{
			klaxon.Health{What: klaxon.HealthSilence, Since: minute, Detail: "it rang"},
			"detecting, and was not since 13:59:00: it rang",
		},
		{
			klaxon.Health{What: klaxon.HealthSilence, Count: 2, Since: minute, Detail: strings.Repeat("d", 161)},
			"NOT DETECTING since 13:59:00: " + strings.Repeat("d", 160) + "~",
		},
		{
			klaxon.Health{What: klaxon.HealthWire, Count: 1, Since: minute, Detail: "eth0 is gone"},
			"wire: eth0 is gone",
		},
		{
			klaxon.Health{What: klaxon.HealthWeather, Count: 5000, Since: minute, Detail: "5,000 sources passed by"},
			"weather: 5,000 sources passed by",
		},
		{
			klaxon.Health{What: klaxon.HealthAllow, Detail: "192.0.2.7 is expected until 2026-11-24T12:00:00Z: until noon"},
			"allow: 192.0.2.7 is expected until 2026-11-24 14:00:00 +0200: until noon",
		},
		{
			klaxon.Health{What: klaxon.HealthAllow, Detail: "192.0.2.7 is expected: until 2026"},
			"allow: 192.0.2.7 is expected: until 2026",
		},
		{klaxon.Health{What: "new thing", Count: 4}, `new\x20thing 4`},
	}
	for _, tt := range tests {
		tt.health.Time = noon
		if got := AppendHuman([]byte("> "), &tt.health, east); string(got) != "> 14:00:00  "+tt.want {
			t.Errorf("%+v:\n got %s\nwant > 14:00:00  %s", tt.health, got, tt.want)
		}
	}
}

func FuzzHuman(f *testing.F) {
	for _, s := range hostile {
		f.Add(s, []byte(s), s)
	}
	f.Fuzz(func(t *testing.T, word string, user []byte, detail string) {
		touch := full()
		touch.Source.Name, touch.Service, touch.Interface = word, word, word
		touch.Source.Addr = netip.MustParseAddr("fe80::7")
		touch.Ident.Claim = user
		line := string(AppendHuman(nil, touch, time.UTC))
		checkPrintable(t, line)
		if n := strings.Count(line, `"`); n != 2 {
			t.Errorf("%d quotes in %s", n, line)
		}
		_, quoted, _ := strings.Cut(line, `"`)
		said, ours, _ := strings.Cut(quoted, `"`)
		checkText(t, said, string(user), claimCap)
		if ours != "; lured; relayed, not seen by klaxond" {
			t.Errorf("after the claim stands %q", ours)
		}
		for _, what := range []klaxon.HealthWhat{
			klaxon.HealthDrops, klaxon.HealthDisk, klaxon.HealthHeldBack, klaxon.HealthSilence, klaxon.HealthAllow, klaxon.HealthWhat(word),
		} {
			checkPrintable(t, string(AppendHuman(nil, &klaxon.Health{What: what, Output: word, Detail: detail}, time.UTC)))
		}
	})
}

func checkPrintable(t *testing.T, line string) {
	t.Helper()
	for i := range len(line) {
		if !isPrintable(line[i]) {
			t.Fatalf("byte %d of %q is %#x", i, line, line[i])
		}
	}
}
