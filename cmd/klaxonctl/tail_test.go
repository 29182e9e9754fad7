//go:build !(aix || dragonfly || illumos || solaris)

package main

import (
	"net/netip"
	"testing"

	"klaxon"
)

// TestOpening: an alarm is shown as the touch that opened it, and as no other.
func TestOpening(t *testing.T) {
	touch := func(src string, over klaxon.Transport, port uint16) *klaxon.Touch {
		return &klaxon.Touch{Transport: over, Source: klaxon.Endpoint{Addr: netip.MustParseAddr(src)}, Target: klaxon.Endpoint{Port: port}}
	}
	alarm := func(change func(*klaxon.Alarm)) *klaxon.Alarm {
		a := &klaxon.Alarm{Event: klaxon.EventOpen}
		a.Source.Addr, a.Shape = netip.MustParseAddr("192.0.2.7"), klaxon.ShapeTouch
		a.Targets = klaxon.Targets{Services: 1, TCP: []klaxon.PortRange{{First: 512, Last: 512}}}
		change(a)
		return a
	}
	his, udp, other := touch("192.0.2.7", klaxon.TCP, 512), touch("192.0.2.7", klaxon.UDP, 512), touch("192.0.2.8", klaxon.TCP, 512)
	var f follower
	if f.opening(alarm(func(*klaxon.Alarm) {})) != nil {
		t.Error("no touch came")
	}
	for i, x := range []*klaxon.Touch{his, udp, other} {
		f.last[(touchesHeld-1+i)%touchesHeld] = x
	}
	f.next = 2
	for name, c := range map[string]struct {
		change func(*klaxon.Alarm)
		want   *klaxon.Touch
	}{
		"his":           {func(*klaxon.Alarm) {}, his},
		"udp":           {func(a *klaxon.Alarm) { a.Targets.UDP, a.Targets.TCP = a.Targets.TCP, nil }, udp},
		"another port":  {func(a *klaxon.Alarm) { a.Targets.TCP[0].First = 513 }, nil},
		"no touch":      {func(a *klaxon.Alarm) { a.Shape = klaxon.ShapeVertical }, nil},
		"an update":     {func(a *klaxon.Alarm) { a.Event = klaxon.EventUpdate }, nil},
		"more than one": {func(a *klaxon.Alarm) { a.Targets.Services = 2 }, nil},
		"contact":       {func(a *klaxon.Alarm) { a.Marks = []klaxon.Mark{klaxon.MarkContact} }, nil},
	} {
		if got := f.opening(alarm(c.change)); got != c.want {
			t.Errorf("%s: %+v, want %+v", name, got, c.want)
		}
	}
}
