//go:build linux

package live

import (
	"bytes"
	"encoding/json"
	"net/netip"
	"testing"
	"time"

	"klaxon"
	"klaxon/internal/render/rendertest"
)

// alarmLine is what the truth asks of an alarm, in the words of JSON.
type alarmLine struct {
	Event       klaxon.Event
	ID          string
	Time        time.Time
	First, Last time.Time
	Zone        klaxon.Zone
	Src         struct{ IP netip.Addr }
	Sources     []netip.Addr
	Technique   []klaxon.Technique
	Shape       klaxon.Shape
	Marks       []klaxon.Mark
	Tool        struct{ Name string }
	Proof       string
	Confidence  string
	Severity    int
	Why         string
	Targets     struct {
		Hosts, Services int
		Dst             []netip.Addr
	}
	Probes uint64
}

// alarmsOf reads JSON lines of tocsin.
func alarmsOf(t *testing.T, text []byte) (list []*klaxon.Alarm) {
	t.Helper()
	for line := range bytes.Lines(text) {
		rendertest.Validate(t, line)
		var a alarmLine
		if err := json.Unmarshal(line, &a); err != nil {
			t.Fatalf("%v in %q", err, line)
		}
		list = append(list, a.alarm())
	}
	return list
}

func (a *alarmLine) alarm() *klaxon.Alarm {
	return &klaxon.Alarm{Event: a.Event, ID: a.ID, Time: a.Time, Scan: klaxon.Scan{
		First: a.First, Last: a.Last, Zone: a.Zone, Source: klaxon.Endpoint{Addr: a.Src.IP}, Sources: a.Sources,
		Techniques: a.Technique, Shape: a.Shape, Marks: a.Marks, Tool: klaxon.Tool{Name: a.Tool.Name},
		Proof: proofOf(a.Proof), Confidence: confidenceOf(a.Confidence), Severity: a.Severity, Why: a.Why,
		Targets: klaxon.Targets{Hosts: a.Targets.Hosts, Services: a.Targets.Services, Dst: a.Targets.Dst}, Probes: a.Probes,
	}}
}

func proofOf(name string) (p klaxon.Proof) {
	for p.String() != name && p < klaxon.ProofData {
		p++
	}
	return p
}

func confidenceOf(name string) (c klaxon.Confidence) {
	for c.String() != name && c < klaxon.Proven {
		c++
	}
	return c
}
