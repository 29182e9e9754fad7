package policy

import (
	"net/netip"
	"strings"
	"testing"
	"time"
)

func TestCheck(t *testing.T) {
	prefix := netip.MustParsePrefix
	for _, c := range []struct {
		rule Rule
		bad  string
	}{
		{Rule{Sources: []netip.Prefix{prefix("10.0.0.0/16")}}, ""},
		{Rule{Sources: []netip.Prefix{prefix("10.0.0.0/15")}}, "10.0.0.0/15 is wider than /16; if that is meant, add force = true"},
		{Rule{Sources: []netip.Prefix{prefix("10.0.0.0/8")}, Force: true}, ""},
		{Rule{Sources: []netip.Prefix{prefix("2001:db8::/48")}}, ""},
		{Rule{Sources: []netip.Prefix{prefix("2001:db8::/47")}}, "2001:db8::/47 is wider than /48"},
		{Rule{Sources: []netip.Prefix{prefix("10.0.0.1/32"), prefix("0.0.0.0/0")}}, "0.0.0.0/0 is wider"},
		{Rule{Sources: []netip.Prefix{prefix("::ffff:10.0.0.1/128")}}, "no network"},
		{Rule{Sources: []netip.Prefix{{}}}, "no network"},
		{Rule{MAC: [6]byte{2}}, ""},
		{Rule{}, "for everybody"},
		{Rule{Services: tcp(23)}, "for everybody"},
		{Rule{Force: true}, ""},
		{Rule{Force: true, Role: "spy"}, `"spy" is no role; want one of backup, edr-discovery, monitoring, printing, vulnerability-scanner`},
		{Rule{Force: true, From: 1440}, "hours"},
		{Rule{Force: true, To: -1}, "hours"},
		{Rule{Force: true, Reason: strings.Repeat("x", 513)}, "at most 512"},
		{Rule{Force: true, Reason: " "}, "needs a reason"},
		{Rule{Force: true, Sources: make([]netip.Prefix, 1025)}, "at most 1024"},
	} {
		if c.rule.Reason == "" {
			c.rule.Reason = "x"
		}
		err := c.rule.Check()
		if (err == nil) != (c.bad == "") || err != nil && !strings.Contains(err.Error(), c.bad) {
			t.Errorf("%+v: %v", c.rule, err)
		}
	}
}

func TestServicesOf(t *testing.T) {
	for specs, want := range map[string]string{
		"tcp/22":             "tcp/22",
		"tcp/1-1024,3389":    "tcp/1-1024 tcp/3389",
		"tcp/5 tcp/6 udp/7":  "tcp/5-6 udp/7",
		"udp":                "udp",
		"tcp tcp/22 udp/161": "tcp udp/161",
		"tcp/1-65535":        "tcp",
		"ssh":                "tcp/22",
	} {
		list, err := ServicesOf(strings.Fields(specs))
		var got []string
		for _, r := range list {
			got = append(got, r.String())
		}
		if err != nil || strings.Join(got, " ") != want {
			t.Errorf("%s: %v, %v, want %s", specs, got, err, want)
		}
	}
	if _, err := ServicesOf([]string{"nonsense/5"}); err == nil {
		t.Error("nonsense was read")
	}
}

// TestInHours goes through a week, minute by minute.
func TestInHours(t *testing.T) {
	for _, c := range []struct {
		rule    Rule
		minutes int
	}{
		{Rule{}, 7 * 1440},
		{Rule{From: 60, To: 180}, 7 * 120},
		{Rule{From: 1320, To: 360}, 7 * 480},
		{Rule{From: 1320, To: 360, Days: 1 << time.Friday}, 480},
		{Rule{Days: 1<<time.Saturday | 1<<time.Sunday}, 2 * 1440},
		{Rule{From: 0, To: 1, Days: 1 << time.Monday}, 1},
	} {
		at, n := time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC), 0
		for range 7 * 1440 {
			if c.rule.inHours(at) {
				n++
			}
			at = at.Add(time.Minute)
		}
		if n != c.minutes {
			t.Errorf("%+v: %d minutes, want %d", c.rule, n, c.minutes)
		}
	}
	friday := Rule{From: 1320, To: 360, Days: 1 << time.Friday}
	if !friday.inHours(time.Date(2026, 3, 7, 5, 59, 0, 0, time.UTC)) || friday.inHours(time.Date(2026, 3, 6, 5, 0, 0, 0, time.UTC)) {
		t.Error("Friday night is not the one that follows Friday")
	}
}

// TestRoles: each role has a conduct that a rule may name, and is offered by learn.
func TestRoles(t *testing.T) {
	if len(RoleNames()) != 5 || len(roleOrder) != 5 {
		t.Errorf("%v, %v", RoleNames(), roleOrder)
	}
	for _, r := range roleOrder {
		if c := conducts[r]; c == nil || c.pace == 0 || len(c.techniques) == 0 || len(c.shapes) == 0 {
			t.Errorf("%s: %+v", r, c)
		}
	}
}
