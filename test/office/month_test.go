package office

import (
	"net/netip"
	"os"
	"slices"
	"testing"
	"time"

	"klaxon"
	"klaxon/test/truth"
)

// falseMost is how many alarms of the innocent are borne.
const falseMost = 1

// TestOffice plays a day, or the month under KLAXON_SOAK=1.
func TestOffice(t *testing.T) {
	length, pace := 26*hour, 5*time.Minute
	if os.Getenv("KLAXON_SOAK") != "" {
		length, pace = 30*day, 40*time.Second
	}
	o := open(1, length, pace)
	o.play()
	if o.bad > 0 {
		t.Errorf("%d packets cannot be decoded: the story is wrong", o.bad)
	}
	t.Logf("FIGURE: an office of %d hosts, %v, %d packets", len(o.pcs)+len(o.phones)+len(o.prints)+len(o.servers.all())+len(o.servers.cameras), length, o.packets)
	found := 0
	for i := range o.wants {
		if n, ok := o.opened(&o.wants[i]); ok {
			found++
			t.Logf("found after %d probes: %s", n, o.planted[i])
		} else {
			t.Errorf("not found: %s", o.planted[i])
		}
	}
	t.Logf("FIGURE: office: %d of %d planted scans found", found, len(o.wants))
	o.blame(t)
}

// opened is after how many probes the alarm of a planted scan opened.
func (o *office) opened(w *truth.Want) (probes uint64, ok bool) {
	for _, a := range o.alarms {
		if mine(w, a) && a.Event == klaxon.EventOpen {
			return a.Probes, true
		}
	}
	return 0, false
}

// mine tells whether an alarm is about a wanted scan.
func mine(w *truth.Want, a *klaxon.Alarm) bool {
	from := a.Source.Addr
	switch {
	case w.Source.IsValid():
		return from == w.Source
	case w.Prefix.IsValid():
		return w.Prefix.Contains(from)
	}
	return !from.IsValid() && slices.Contains(a.Marks, w.Marks[0])
}

// blame reports what was told of the innocent, and what was told wrong.
func (o *office) blame(t *testing.T) {
	var rest []*klaxon.Alarm
	for _, a := range o.alarms {
		if !o.scanners[a.Source.Addr] {
			rest = append(rest, a)
		}
	}
	wrong, stories := 0, map[string]bool{}
	for _, p := range truth.Check(rest, o.wants) {
		t.Log(p)
	}
	for _, a := range rest {
		if a.Event == klaxon.EventClose && !stories[a.ID] && !o.wanted(a) {
			stories[a.ID] = true
			wrong++
			t.Logf("FALSE %s %v/%s from %s (%s), tool %q, %v, %d probes, %d hosts, %d services: %s", a.First.Format(time.DateTime), a.Techniques, a.Shape, a.Source.Addr, a.Confidence, a.Tool.Name, a.Marks, a.Probes, a.Targets.Hosts, a.Targets.Services, a.Why)
		}
	}
	t.Logf("FIGURE: office: %d false alarms", wrong)
	if wrong > falseMost {
		t.Errorf("%d false alarms, at most %d are borne", wrong, falseMost)
	}
}

func (o *office) wanted(a *klaxon.Alarm) bool {
	for i := range o.wants {
		if mine(&o.wants[i], a) {
			return true
		}
	}
	return a.Source.Addr == (netip.Addr{})
}
