package detect_test

import (
	"net/netip"
	"testing"

	"klaxon"
	"klaxon/internal/classify"
	"klaxon/internal/pipeline/detect"
	"klaxon/internal/policy"
	"klaxon/internal/track"
)

// TestWantedService: who is told only of 3389 hears of a scan that comes to it, at
// once and however many other ports it probed before; and whose services were not
// probed does not.
func TestWantedService(t *testing.T) {
	const rdp, smtp = 1, 2
	for _, before := range []int{0, 1, 2, 5, 29, 100, 300} {
		h := &trapHouse{at: 1_700_000_000e9}
		h.Detector = detect.New(detect.Config{
			Track: track.Config{Memory: track.MinMemory, Seed: 5}, Sensor: "s", Zone: policy.Zones{}.Of, Floor: klaxon.Established, Calm: true,
			Emit:  func(a *klaxon.Alarm) { h.alarms = append(h.alarms, a) },
			Wants: [][]classify.Want{{{Transport: klaxon.TCP, First: 3389, Last: 3389}}, {{Transport: klaxon.TCP, First: 25, Last: 25}}},
		})
		var traps []klaxon.Port
		for p := range before {
			traps = append(traps, klaxon.Port{Transport: klaxon.TCP, Number: uint16(2001 + 2*p)})
		}
		h.SetTraps(append(traps, klaxon.Port{Transport: klaxon.TCP, Number: 3389}), 0)
		h.SetLocal([]netip.Addr{trapHost})
		for p := range before {
			h.touch("10.0.0.7", uint16(2001+2*p))
		}
		for _, a := range h.alarms {
			if a.Wanted != 0 {
				t.Errorf("after %d others: wanted %b before it was probed", before, a.Wanted)
			}
		}
		h.touch("10.0.0.7", 3389)
		if last := h.alarms[len(h.alarms)-1]; last.Wanted != rdp {
			t.Errorf("after %d others it is not told: %+v", before, last)
		}
		told := len(h.alarms)
		h.touch("10.0.0.7", 3389)
		if len(h.alarms) > told+1 {
			t.Errorf("after %d others: told %d times", before, len(h.alarms)-told)
		}
		h.Close()
		if last := h.alarms[len(h.alarms)-1]; last.Event != klaxon.EventClose || last.Wanted != rdp {
			t.Errorf("after %d others: the end %+v", before, last)
		}
	}
}
