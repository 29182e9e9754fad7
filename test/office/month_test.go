package office

import (
	"fmt"
	"net/netip"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"klaxon"
	"klaxon/test/truth"
)

// falseMost is how many alarms of the innocent are borne.
const falseMost = 1

// TestOffice plays a day, or the month under KLAXON_SOAK=1. KLAXON_SEED is the
// seed of the story.
func TestOffice(t *testing.T) {
	length, pace := 24*hour, 6*time.Minute
	if os.Getenv("KLAXON_SOAK") != "" {
		length, pace = 30*day, time.Minute
	}
	o := open(seed(), length, pace)
	o.play()
	if o.bad > 0 {
		t.Errorf("%d packets cannot be decoded: the story is wrong", o.bad)
	}
	t.Logf("FIGURE: office: %d packets of %d hosts in %v", o.packets, o.hosts(), length)
	o.found(t)
	o.judge(t)
}

func seed() uint64 {
	n, err := strconv.ParseUint(os.Getenv("KLAXON_SEED"), 10, 64)
	if err != nil {
		return 1
	}
	return n
}

func (o *office) hosts() int {
	return len(o.pcs) + len(o.phones) + len(o.prints) + len(o.servers.all()) + len(o.servers.cameras)
}

// found tells of each planted scan by how many probes it was told.
func (o *office) found(t *testing.T) {
	found := 0
	var after []string
	for i := range o.wants {
		open := slices.IndexFunc(o.alarms, func(a *klaxon.Alarm) bool { return about(&o.wants[i], a) && a.Event == klaxon.EventOpen })
		if open < 0 {
			after = append(after, o.planted[i]+": not found")
			continue
		}
		found++
		after = append(after, fmt.Sprintf("%s: %d", o.planted[i], o.alarms[open].Probes))
	}
	t.Logf("FIGURE: office: found %d of %d planted scans; probes to the alarm: %s", found, len(o.wants), strings.Join(after, "; "))
}

// about tells whether an alarm can be about a planted scan.
func about(w *truth.Want, a *klaxon.Alarm) bool {
	from := a.Source.Addr
	switch {
	case w.Source.IsValid():
		return from == w.Source
	case w.Prefix.IsValid():
		return w.Prefix.Contains(from)
	}
	return !from.IsValid() && slices.Contains(a.Marks, w.Marks[0])
}

// ofScanners lists the alarms that name nobody but scanners that may ring, one by
// himself or several together.
func (o *office) ofScanners() map[string]bool {
	mine := make(map[string]bool)
	for _, a := range o.alarms {
		one := a.Source.Addr.IsValid() && o.scanners[a.Source.Addr]
		many := len(a.Sources) > 0 && !slices.ContainsFunc(a.Sources, func(s netip.Addr) bool { return !o.scanners[s] })
		before, known := mine[a.ID]
		mine[a.ID] = (one || many) && (before || !known)
	}
	return mine
}

// judge compares what was told with the truth, but for what scanners that may
// ring did.
func (o *office) judge(t *testing.T) {
	var rest []*klaxon.Alarm
	rang := make(map[string]bool)
	mine := o.ofScanners()
	for _, a := range o.alarms {
		if mine[a.ID] {
			rang[a.ID] = true
		} else {
			rest = append(rest, a)
		}
	}
	t.Logf("FIGURE: office: %d alarms of passers-by and of declared scanners", len(rang))
	accused := 0
	for _, p := range truth.Check(rest, o.wants) {
		if strings.HasPrefix(p, "not wanted") {
			accused++
			t.Logf("FIGURE: office: false alarm: %s", p)
		} else {
			t.Error(p)
		}
	}
	t.Logf("FIGURE: office: %d false alarms", accused)
	if accused > falseMost {
		t.Errorf("%d alarms of the innocent, at most %d are borne", accused, falseMost)
	}
}
