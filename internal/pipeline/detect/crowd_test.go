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
	h.SetTraps([]klaxon.Port{{Transport: klaxon.TCP, Number: 5}}, 0)
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

// TestOneInTheCrowdOfAMachine: behind one router a machine with 1,400 addresses scans
// with each of them, all proven. Whoever scans in earnest there is told by himself.
func TestOneInTheCrowdOfAMachine(t *testing.T) {
	s := newStreet(0, 17)
	server := [16]byte{10, 8, 0, 1}
	scan := func(c *client, ports int) {
		s.tries(c, server, 22, true)
		for p := range ports {
			s.tries(c, server, uint16(1000+p), false)
		}
	}
	for n := range 1400 {
		scan(&client{addr: [16]byte{10, 9, byte(128 + n>>8), byte(n)}}, 40)
	}
	other := client{addr: [16]byte{10, 9, 1, 78}}
	scan(&other, 999)
	a := s.told(&other)
	if a == nil || a.Confidence != klaxon.Proven || a.Severity != 5 {
		t.Fatalf("told of the other: %+v", a)
	}
	facts, _ := s.Why(netip.AddrFrom4([4]byte(other.addr[:4])))
	if !facts.Told || facts.Crowd != "" {
		t.Errorf("it is told %v, in %q", facts.Told, facts.Crowd)
	}
	facts, _ = s.Why(netip.AddrFrom4([4]byte{10, 9, byte(128 + 1390>>8), 1390 & 255}))
	s.Close()
	crowd := ""
	for i := range s.alarms {
		if s.alarms[i].SourcesTotal > 0 {
			crowd = s.alarms[i].ID
		}
	}
	if crowd == "" || !facts.Told || facts.Crowd != crowd {
		t.Errorf("one of the crowd %q is told %v, in %q", crowd, facts.Told, facts.Crowd)
	}
}
