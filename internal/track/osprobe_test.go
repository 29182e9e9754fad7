package track_test

import (
	"testing"

	"klaxon/internal/track"
)

// TestDatagramOfOSDetection: one datagram with nmap's length and IP number may be a
// lease that has it by accident, and says nothing without another probe.
func TestDatagramOfOSDetection(t *testing.T) {
	w := newWire(t, track.Config{})
	p := udp(alice, 1900, bob, 50000)
	p.ID, p.DataLen = 0x1042, 300
	w.send(p)
	if k := w.source(alice).Keys; k.Decided() || k.OS == 0 {
		t.Errorf("one datagram: decided %v, probes seen %b", k.Decided(), k.OS)
	}
	c := conn{alice, bob, 40000, 80, 1000, 0}
	ecn := c.syn()
	ecn.Window, ecn.Flags, ecn.Options.TSVal = 1, ecn.Flags, 0xffffffff
	w.send(ecn)
	if k := w.source(alice).Keys; !k.Decided() {
		t.Errorf("with one of the segments: probes seen %b", k.OS)
	}
}
