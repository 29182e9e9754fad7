package render

import (
	"strings"
	"testing"

	"klaxon"
)

// TestNotice: who is called reads who, what and where; the reason is for klaxonctl
// show, but where it says what to do.
func TestNotice(t *testing.T) {
	touched := func(a *klaxon.Alarm) {
		a.Shape, a.Targets.TCP, a.Targets.Services = klaxon.ShapeTouch, single(23), 1
		a.Techniques = []klaxon.Technique{klaxon.Connect}
	}
	for _, tt := range []struct {
		what            string
		change          func(*klaxon.Alarm)
		notice, subject string
	}{
		{"scan", func(a *klaxon.Alarm) { a.Tool.Name = "nmap" },
			"192.0.2.7 scans 10.0.0.1 with nmap: syn, tcp 22,80,443", "192.0.2.7 scans 3 ports (nmap)"},
		{"sweep", func(a *klaxon.Alarm) { a.Targets.Hosts, a.Targets.Services, a.Targets.TCP = 254, 1, single(22) },
			"192.0.2.7 scans 254 hosts (10.0.0.1, ...): syn, tcp 22", "192.0.2.7 scans 254 hosts"},
		{"block", func(a *klaxon.Alarm) { a.Targets.Hosts = 254 },
			"192.0.2.7 scans 254 hosts (10.0.0.1, ...): syn, tcp 22,80,443", "192.0.2.7 scans 3 ports of 254 hosts"},
		{"end", func(a *klaxon.Alarm) { a.Event = klaxon.EventClose },
			"192.0.2.7 stopped scanning 10.0.0.1: syn, tcp 22,80,443 in 1.0 s", "192.0.2.7 stopped scanning 3 ports"},
		{"innocent", func(a *klaxon.Alarm) { a.Event = klaxon.EventRetract },
			"192.0.2.7 is no scanner after all; so it is", "192.0.2.7 is no scanner after all"},
		{"flood", flood, "10.0.0.1 is flooded: syn, tcp 80; so it is", "10.0.0.1 is flooded"},
		{"touch on the wire", touched, "192.0.2.7 touched tcp/23 on 10.0.0.1", "192.0.2.7 touched tcp/23"},
		{"two services", func(a *klaxon.Alarm) { touched(a); a.Targets.TCP, a.Event = single(23, 80), klaxon.EventUpdate },
			"192.0.2.7 touched tcp 23,80 on 10.0.0.1", "192.0.2.7 touched tcp 23,80"},
		{"end of a touch", func(a *klaxon.Alarm) { touched(a); a.Event, a.Probes, a.First = klaxon.EventClose, 2, a.Last },
			"192.0.2.7 is quiet again after touching tcp/23 on 10.0.0.1: 2 probes", "192.0.2.7 is quiet again after touching tcp/23"},
		{"touch of a trap", func(a *klaxon.Alarm) { touched(a); a.Touch = knock(nil) },
			"192.0.2.7 touched tcp/512 (rexec) on 10.0.0.1", "192.0.2.7 touched tcp/512 (rexec) on 10.0.0.1"},
		{"klaxond ends", func(a *klaxon.Alarm) { a.Event, a.Why = klaxon.EventClose, klaxon.EndOfWatch },
			"192.0.2.7 was scanning 10.0.0.1: syn, tcp 22,80,443 in 1.0 s; " + klaxon.EndOfWatch, "192.0.2.7 was scanning 3 ports"},
		{"klaxond ends, a touch", func(a *klaxon.Alarm) {
			touched(a)
			a.Event, a.Why, a.Probes, a.First = klaxon.EventClose, klaxon.EndOfWatch, 1, a.Last
		},
			"192.0.2.7 had touched tcp/23 on 10.0.0.1: 1 probe; " + klaxon.EndOfWatch, "192.0.2.7 had touched tcp/23"},
		{"words that speak for us", func(a *klaxon.Alarm) { a.Tool.Name = "x) is  well" },
			`192.0.2.7 scans 10.0.0.1 with x\x29\x20is\x20\x20well: syn, tcp 22,80,443`, `192.0.2.7 scans 3 ports (x\x29\x20is\x20\x20well)`},
	} {
		if got := string(AppendNotice([]byte("> "), alarm(tt.change), east)); got != "> "+tt.notice {
			t.Errorf("%s:\n got %s\nwant > %s", tt.what, got, tt.notice)
		}
		if got := string(AppendSubject([]byte("> "), alarm(tt.change), east)); got != "> "+tt.subject {
			t.Errorf("%s:\n got %s\nwant > %s", tt.what, got, tt.subject)
		}
	}
	h := &klaxon.Health{What: klaxon.HealthWire, Detail: "eth0 is gone", Time: noon}
	if got := string(AppendSubject(nil, h, east)); got != "wire: eth0 is gone" {
		t.Error(got)
	}
}

func FuzzNotice(f *testing.F) {
	for _, s := range hostile {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, word string) {
		a := scan()
		a.Tool.Name, a.Why, a.Interface, a.Shape, a.Event = word, word, word, klaxon.Shape(word), klaxon.Event(word)
		for _, line := range []string{string(AppendNotice(nil, a, east)), string(AppendSubject(nil, a, east))} {
			checkPrintable(t, line)
			if strings.HasPrefix(line, " ") {
				t.Errorf("it begins with a blank: %q", line)
			}
		}
	})
}
