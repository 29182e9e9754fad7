package main

import (
	"encoding/json"
	"net/netip"
	"slices"
	"testing"

	"klaxon"
)

// counted tallies one scanner that touched two traps over TCP and one over UDP, in two
// alarms: one of three services by two techniques, one of a single service.
func counted(by string) *tallies {
	t := newTallies(kinds[by])
	source := klaxon.Endpoint{Addr: netip.MustParseAddr("192.0.2.7")}
	for _, to := range []klaxon.Port{{Transport: klaxon.TCP, Number: 23}, {Transport: klaxon.TCP, Number: 80}, {Transport: klaxon.UDP, Number: 69}} {
		t.count(&klaxon.Touch{Source: source, Transport: to.Transport, Target: klaxon.Endpoint{Port: to.Number}})
	}
	t.count(&klaxon.Alarm{Event: klaxon.EventOpen, Scan: klaxon.Scan{
		Source: source, Techniques: []klaxon.Technique{klaxon.Connect, klaxon.Udp}, Tool: klaxon.Tool{Name: "nmap"}, Severity: 3, Probes: 9,
		Targets: klaxon.Targets{Services: 3, TCP: []klaxon.PortRange{{First: 23, Last: 23}, {First: 80, Last: 80}}, UDP: []klaxon.PortRange{{First: 69, Last: 69}}},
	}})
	t.count(&klaxon.Alarm{Event: klaxon.EventClose, Scan: klaxon.Scan{
		Source: source, Techniques: []klaxon.Technique{klaxon.Syn}, Tool: klaxon.Tool{Name: "nmap"}, Severity: 2, Probes: 5,
		Targets: klaxon.Targets{Services: 1, TCP: []klaxon.PortRange{{First: 443, Last: 443}}},
	}})
	t.count(&klaxon.Alarm{Event: klaxon.EventRetract, Scan: klaxon.Scan{Techniques: []klaxon.Technique{klaxon.Fin}}})
	return t
}

// TestTally: each touch counts for what it was made by and for, probes for the one
// thing that all of them were for, and what the records do not tell is no number.
func TestTally(t *testing.T) {
	for by, want := range map[string][]string{
		"source":    {"192.0.2.7 alarms 2 touches 3 probes 14"},
		"service":   {"tcp/23 alarms 1 touches 1 probes -", "tcp/80 alarms 1 touches 1 probes -", "udp/69 alarms 1 touches 1 probes -", "tcp/443 alarms 1 touches 0 probes 5"},
		"technique": {"connect alarms 1 touches 2 probes -", "udp alarms 1 touches 1 probes -", "syn alarms 1 touches 0 probes 5"},
		"tool":      {"nmap alarms 2 touches - probes 14"},
	} {
		var got []string
		for _, x := range counted(by).sorted(9) {
			got = append(got, x.Name+" alarms "+amount(x.Alarms, "", "")[:1]+" touches "+orDash(known(x.Touches))+" probes "+orDash(known(x.Probes)))
		}
		if !slices.Equal(got, want) {
			t.Errorf("by %s: %q, want %q", by, got, want)
		}
	}
}

// TestTallyJSON: what is not known is absent, and what is 0 is 0.
func TestTallyJSON(t *testing.T) {
	text, err := json.Marshal(counted("tool").sorted(1)[0])
	if want := `{"name":"nmap","alarms":2,"probes":14,"severity":3,"last":"0001-01-01T00:00:00Z"}`; err != nil || string(text) != want {
		t.Errorf("%s, %v; want %s", text, err, want)
	}
}

// TestWide: many ports of an alarm are one row, and its probes are those of that row
// alone when it was for nothing else.
func TestWide(t *testing.T) {
	for services, want := range map[int]string{100: "100", 101: "-"} {
		x := newTallies(kinds["service"])
		x.count(&klaxon.Alarm{Scan: klaxon.Scan{Probes: 100, Targets: klaxon.Targets{Services: services, TCP: []klaxon.PortRange{{First: 1, Last: 100}}}}})
		list := x.sorted(2)
		if len(list) != 1 || list[0].Name != "tcp (wide)" || orDash(known(list[0].Probes)) != want {
			t.Errorf("%d services: %+v", services, list)
		}
	}
}
