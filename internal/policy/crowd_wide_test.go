package policy

import (
	"net/netip"
	"testing"
	"time"

	"klaxon"
)

// TestForgedScansOfEveryHost: a hundred thousand sources that did not prove their
// addresses, each at a host of its own, are a few alarms and one of all others,
// which says how many; one that proves itself in their midst is told by itself.
func TestForgedScansOfEveryHost(t *testing.T) {
	const many, proven = 100_000, 50_000
	d := newDesk(t)
	var hosts int
	for n := range many {
		at := int64(n) / 200
		victim := netip.AddrFrom4([4]byte{10, 7, byte(n >> 8), byte(n)}).String()
		s := unproven(n, victim, at)
		s.Source.Addr = netip.AddrFrom4([4]byte{198, byte(18 + n>>16), byte(n >> 8), byte(n)})
		if d.meet(n, s, at) {
			hosts++
		}
		if n == proven {
			s.Proof, s.Confidence = klaxon.ProofHandshake, klaxon.Proven
			d.meet(n, s, at)
		}
		d.tick(at)
	}
	d.Close(begin + 1000*second)
	d.closed(t)
	if len(d.told) > 200 {
		t.Errorf("%d records were made", len(d.told))
	}
	var all, named int
	for _, a := range d.told {
		switch {
		case a.Event != klaxon.EventClose:
		case a.SourcesTotal > 0:
			all += a.SourcesTotal
			if a.SourcesTotal != hosts || a.Severity > 3 || a.Shape != klaxon.ShapeBlock || a.Targets.Hosts < 60_000 || a.Targets.Hosts > 71_000 {
				t.Errorf("told of %d sources at %d hosts, %s, severity %d", a.SourcesTotal, a.Targets.Hosts, a.Shape, a.Severity)
			}
		case a.Confidence == klaxon.Proven:
			named++
		default:
			all++
		}
	}
	if all != many || named != 1 {
		t.Errorf("%d of %d sources were told, and %d proven ones", all, many, named)
	}
}

// TestWideCrowdEnds: when the flood is over, strangers are told by themselves
// again, at the latest when they come a window later.
func TestWideCrowdEnds(t *testing.T) {
	d := newDesk(t)
	victim := func(n int) string { return netip.AddrFrom4([4]byte{10, 7, byte(n >> 8), byte(n)}).String() }
	for n := range 4 * aloneEverywhere {
		if got := d.meet(n, unproven(n, victim(n), 0), 0); got != (n >= aloneEverywhere) {
			t.Fatalf("source %d: told as one of many: %v", n, got)
		}
	}
	at := int64(crowdWindow/time.Second) + 1
	if d.meet(5000, unproven(5000, victim(5000), at), at) {
		t.Error("a source was told as one of many who are gone")
	}
	d.tick(at + 2*int64(idleMin/time.Second))
	if d.OpenCount() != 0 {
		t.Errorf("%d alarms are open after a silence", d.OpenCount())
	}
	late := at + 3*int64(idleMin/time.Second)
	for n := range 2 * aloneEverywhere { // and it may come again
		k := 6000 + n
		if got := d.meet(k, unproven(k, victim(k), late), late); got != (n >= aloneEverywhere) {
			t.Fatalf("source %d of the second flood: told as one of many: %v", n, got)
		}
	}
	d.Close(begin + 2*late*second)
	d.closed(t)
}
