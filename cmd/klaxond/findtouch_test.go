package main

import (
	"net/netip"
	"testing"

	"klaxon"
	"klaxon/internal/format"
	"klaxon/internal/owed"
)

// TestFindGivesTheTouchBack: an alarm that a touch opened is found with that touch, so
// that outputs tell of it what they would have told at once; one that the wire opened
// gets none, nor that of another source, service or run.
func TestFindGivesTheTouchBack(t *testing.T) {
	s := newStock(t)
	touch := func(boot string, seq uint64, src, dst netip.Addr, port uint16) *klaxon.Touch {
		r := s.record(boot, seq, 2).(*klaxon.Touch)
		r.Source, r.Target = klaxon.Endpoint{Addr: src, Port: 40022}, klaxon.Endpoint{Addr: dst, Port: port}
		r.Service, r.Zone, r.Proof = "telnet", klaxon.ZoneOutside, klaxon.ProofData
		r.Ident = &klaxon.Ident{Outcome: klaxon.IdentClaim, Claim: []byte("root")}
		r.Payload = &klaxon.Payload{Sample: []byte("GET /"), Len: 5}
		return r
	}
	alarm := func(boot string, seq uint64, src, dst netip.Addr, port uint16) *klaxon.Alarm {
		a := s.record(boot, seq, 0).(*klaxon.Alarm)
		a.Source.Addr, a.Shape, a.Techniques = src, klaxon.ShapeTouch, []klaxon.Technique{"connect"}
		a.Zone, a.Proof, a.Confidence = klaxon.ZoneOutside, klaxon.ProofData, klaxon.Proven
		a.First, a.Last = s.at, s.at
		a.Targets.Hosts, a.Targets.Services, a.Targets.Dst = 1, 1, []netip.Addr{dst}
		a.Targets.TCP = []klaxon.PortRange{{First: port, Last: port}}
		return a
	}
	addr := netip.MustParseAddr
	four, six, dst := addr("192.0.2.7"), addr("2001:db8::1"), addr("192.0.2.1")
	opening := touch("b", 2, four, dst, 23)
	wide := touch("b", 5, addr("2001:db8::7"), addr("2001:db8:1::1"), 23)
	batch := []klaxon.Record{
		touch("a", 1, addr("192.0.2.9"), dst, 23), touch("b", 1, four, dst, 25), opening, touch("b", 3, addr("192.0.2.8"), dst, 23),
		alarm("b", 4, four, dst, 23), wide, alarm("b", 6, six, addr("2001:db8:1::1"), 23), alarm("b", 7, addr("192.0.2.9"), dst, 23),
		touch("b", 8, addr("192.0.2.9"), dst, 23),
	}
	s.emit(batch)
	f := &finder{store: s.store, boot: owed.BootOf("c")}
	var list []owed.Entry
	want := []*klaxon.Touch{opening, wide, nil}
	for _, i := range []int{4, 6, 7} {
		list = append(list, owed.EntryOf(batch[i]))
	}
	found, err := f.find(t.Context(), list)
	if err != nil || len(found) != 3 {
		t.Fatal(found, err)
	}
	for i, r := range found {
		switch got := r.(*klaxon.Alarm).Touch; {
		case got == nil && want[i] == nil:
		case got == nil || want[i] == nil || got.ID != want[i].ID:
			t.Errorf("alarm %d has %+v, want %+v", i, got, want[i])
		}
	}
	live := *batch[4].(*klaxon.Alarm)
	live.Touch = opening
	for _, name := range []string{"log", "opencanary", "ecs", "ocsf", "cef"} {
		write, ok := format.ByName(name)
		if !ok {
			t.Fatal(name)
		}
		if got, want := string(write.Append(nil, found[0])), string(write.Append(nil, &live)); got != want {
			t.Errorf("%s: read back\n%s\nlive\n%s", name, got, want)
		}
	}
}
