package firewall

import (
	"slices"
	"strings"
	"testing"

	"klaxon"
)

func tcp(n uint16) klaxon.Port { return klaxon.Port{Transport: klaxon.TCP, Number: n} }

func TestReport(t *testing.T) {
	got := Report([]Finding{
		{Port: tcp(80), Reach: Open}, {Port: tcp(80), V6: true, Reach: Open},
		{Port: tcp(24), Reach: Blocked, Why: "A"}, {Port: tcp(24), V6: true, Reach: Blocked, Why: "A"},
		{Port: tcp(23), Reach: Blocked, Why: "A"}, {Port: tcp(23), V6: true, Reach: Blocked, Why: "A"},
		{Port: tcp(25), Reach: Blocked, Why: "A"}, {Port: tcp(25), V6: true, Reach: Open},
		{Port: tcp(26), Reach: Blocked, Why: "A"}, {Port: tcp(26), V6: true, Reach: Blocked, Why: "B"},
		{Port: tcp(27), Reach: Limited, Why: "only from some sources: C"},
		{Port: klaxon.Port{Transport: klaxon.UDP, Number: 69}, V6: true, Reach: Unclear, Why: "D"},
	})
	want := []string{
		"no probe reaches tcp/23-24: A",
		"no probe reaches tcp/25-26 over IPv4: A",
		"no probe reaches tcp/26 over IPv6: B",
		"probes reach tcp/27 only from some sources: C",
		"whether probes reach udp/69 cannot be told: D",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestPorts(t *testing.T) {
	var many []klaxon.Port
	for n := range uint16(50) {
		many = append(many, tcp(2*n))
	}
	for want, list := range map[string][]klaxon.Port{
		"":                   nil,
		"tcp/7":              {tcp(7)},
		"tcp/7-9,11,udp/1-2": {tcp(9), {Transport: klaxon.UDP, Number: 2}, tcp(7), tcp(11), tcp(8), {Transport: klaxon.UDP, Number: 1}},
		"tcp/0,2,4,6,8,10,12,14,16,18,20,22,24,26,28,30,32,34,36,38,and 30 more": many,
	} {
		if got := Ports(list); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
