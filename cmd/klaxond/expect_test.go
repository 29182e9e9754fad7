package main

import (
	"strings"
	"testing"
	"time"

	"klaxon/internal/control"
)

// TestRuleOf: whatever a rule of klaxon.toml can say a person can, too, and is told
// of it in the same words.
func TestRuleOf(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		asked control.Allowance
		toml  string
	}{
		{control.Allowance{Source: "192.0.2.7"}, `address = ["192.0.2.7"]`},
		{control.Allowance{Source: "192.0.2.7/24", Ports: "tcp/22,80 udp"}, `address = ["192.0.2.0/24"] services = ["tcp/22", "tcp/80", "udp"]`},
		{control.Allowance{Source: "2001:db8::7", Role: "vulnerability-scanner"}, `address = ["2001:db8::7"] role = "vulnerability-scanner"`},
		{control.Allowance{MAC: "02-00-5E-10-00-01"}, `mac = "02:00:5e:10:00:01"`},
		{control.Allowance{Source: "192.0.2.7", MAC: "02:00:5e:10:00:01", Hours: "22:00-06:00", Days: "Sat sun"},
			`address = ["192.0.2.7"] mac = "02:00:5e:10:00:01" hours = "22:00-06:00" days = ["sun", "sat"]`},
	} {
		c.asked.Why, c.asked.For = "x", control.Duration(time.Hour)
		r, err := ruleOf(&c.asked, now)
		if err == nil {
			err = r.Check()
		}
		want := "[[allow]] " + c.toml + ` reason = "x" until = "2026-03-01T13:00:00Z"`
		if got := strings.Join(strings.Fields(r.TOML()), " "); err != nil || got != want {
			t.Errorf("%+v: %v, %s, want %s", c.asked, err, got, want)
		}
		told := allowanceOf(&r, fromHand)
		for what, both := range map[string][2]string{"role": {told.Role, c.asked.Role}, "hours": {told.Hours, c.asked.Hours}} {
			if both[0] != both[1] {
				t.Errorf("%+v: %s is told as %q", c.asked, what, both[0])
			}
		}
		if (told.MAC == "") != (c.asked.MAC == "") || len(told.Days) != len(c.asked.Days) {
			t.Errorf("%+v is told as %+v", c.asked, told)
		}
	}
	for bad, a := range map[string]control.Allowance{
		"no address and no prefix": {}, "no hardware address": {MAC: "02:00"}, "are no hours": {Source: "192.0.2.7", Hours: "6"},
		"is no day": {Source: "192.0.2.7", Days: "sunday"}, "is no role": {Source: "192.0.2.7", Role: "scanner"}, "nonsense": {Source: "192.0.2.7", Ports: "nonsense"},
	} {
		a.Why = "x"
		r, err := ruleOf(&a, now)
		if err == nil {
			err = r.Check()
		}
		if err == nil || !strings.Contains(err.Error(), bad) {
			t.Errorf("%+v: %v, want %q", a, err, bad)
		}
	}
}

// TestGoesBy: a rule is taken back by either of what it goes by.
func TestGoesBy(t *testing.T) {
	for typed, want := range map[string]bool{
		"192.0.2.7": true, "02:00:5E:10:00:01": true, "192.0.2.7, 02:00:5e:10:00:01": true, "192.0.2.70": false, "02:00:5e:10:00:02": false, "": false,
	} {
		if goesBy("192.0.2.7, 02:00:5e:10:00:01", typed) != want {
			t.Errorf("%q: want %v", typed, want)
		}
	}
}
