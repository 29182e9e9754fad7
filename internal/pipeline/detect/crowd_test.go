package detect_test

import (
	"net/netip"
	"testing"
	"time"

	"klaxon"
	"klaxon/internal/pipeline/detect"
	"klaxon/internal/policy"
	"klaxon/internal/track"
)

// TestTouchesOfMany: with more sources than may have alarms each of them is told,
// by itself or in a crowd, and a touch more costs no record.
func TestTouchesOfMany(t *testing.T) {
	const sources, rounds = 3000, 3
	h := newTrapHouse()
	h.Detector = detect.New(detect.Config{
		Track: track.Config{Memory: 32 << 20, Seed: 5}, Sensor: "s", Zone: policy.Zones{}.Of, Floor: klaxon.Established,
		Emit: func(a *klaxon.Alarm) { h.alarms = append(h.alarms, a) },
	})
	h.SetTraps([]klaxon.Port{{Transport: klaxon.TCP, Number: 5}})
	h.SetLocal([]netip.Addr{trapHost})
	for range rounds {
		for n := range sources {
			h.at += int64(time.Millisecond)
			from := netip.AddrFrom4([4]byte{127, 1, byte(n >> 8), byte(n)})
			h.Touch(h.at, &klaxon.Touch{Transport: klaxon.TCP, Proof: klaxon.ProofHandshake,
				Source: klaxon.Endpoint{Addr: from, Port: 40000}, Target: klaxon.Endpoint{Addr: trapHost, Port: 5}})
		}
	}
	h.Close()
	alone, together, probes := 0, 0, uint64(0)
	for _, a := range h.alarms {
		if a.Event != klaxon.EventClose {
			continue
		}
		if probes += a.Probes; a.Source.Addr.IsValid() {
			alone++
		} else {
			together += a.SourcesTotal
		}
	}
	if n := alone + together; n < sources || n > sources+1 || together < sources/2 {
		t.Errorf("%d sources are told by themselves and %d together, of %d", alone, together, sources)
	}
	if probes < sources || len(h.alarms) > 2*(1024+1)+12 {
		t.Errorf("%d probes are told, in %d records", probes, len(h.alarms))
	}
}
