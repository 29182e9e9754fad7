package joined

import (
	"math/rand/v2"
	"net/netip"
	"strings"
	"testing"
	"time"

	"klaxon"
	"klaxon/internal/synth"
)

// TestOutsideDay: five thousand sources from outside come by in a day, after a week
// of others. The records have them all, and people read three lines: the weather,
// and who meant this host.
func TestOutsideDay(t *testing.T) {
	const daily, sources = 300, 5000
	h := calmHouse(t, wireFirst, fewTraps)
	h.host.Open(80)
	for range 8 {
		h.outsideDay(daily)
		h.dayOf(t, daily)
	}
	evil := h.Host("203.0.113.77")
	h.After(9*time.Hour, func() { byHand(h, evil) })
	h.outsideDay(sources)
	told, weather := h.dayOf(t, sources)
	if len(told)+1 > 3 {
		t.Errorf("people read %d lines", len(told)+1)
	}
	found := false
	for _, a := range told {
		t.Logf("%s %s of %s: %s", a.Event, a.Shape, a.Source.Addr, a.Why)
		found = found || a.Source.Addr == evil.Addr && a.Severity == 4
	}
	if !found {
		t.Error("nobody is told of the one who meant this host")
	}
	t.Log(weather.Detail)
	if weather.Count < sources*98/100 || weather.Count > sources*102/100 {
		t.Errorf("the weather counts %d sources", weather.Count)
	}
	for _, part := range []string{"sources from outside in 24 h", "proven", "tcp/23", "masscan", "1 told when they came"} {
		if !strings.Contains(weather.Detail, part) {
			t.Errorf("the weather has no %q: %s", part, weather.Detail)
		}
	}
}

// dayOf is what people are told of a day, and its weather.
func (h *house) dayOf(t *testing.T, sources int) (told []*klaxon.Alarm, weather klaxon.Health) {
	t.Helper()
	opened := 0
	for _, a := range h.alarms {
		if a.Event == klaxon.EventOpen {
			opened++
		}
		if !a.Quiet {
			told = append(told, a)
		}
	}
	if opened < sources*9/10 {
		t.Errorf("%d alarms of %d sources are recorded", opened, sources)
	}
	h.alarms = nil
	weather, ok := h.detector.Weather(h.Now())
	if !ok {
		t.Error("there is no weather")
	}
	return told, weather
}

// outsideDay lets so many sources come by within a day.
func (h *house) outsideDay(n int) {
	h.detector.Weather(h.Now()) // where it begins
	end := h.Now().Add(24 * time.Hour)
	for i := range n {
		passBy(h, i)
		h.Wait(time.Duration(0.95 * float64(24*time.Hour) / float64(n)))
		h.detector.Advance(h.now())
	}
	for h.Now().Before(end) {
		h.rest(time.Minute)
	}
}

// passBy is one source of those that try every address: what they look for, and
// with what, in the shares that sensors on the Internet see.
func passBy(h *house, i int) {
	r := h.Rand()
	var b [4]byte
	for b[0] == 0 || b[0] == 10 || b[0] == 127 || b[0] >= 169 { // some of the unicast ones
		b = [4]byte{byte(r.UintN(256)), byte(r.UintN(256)), byte(r.UintN(256)), byte(1 + r.UintN(250))}
	}
	x := h.Host(netip.AddrFrom4(b).String())
	one := fewTraps[min(r.IntN(len(fewTraps)), r.IntN(len(fewTraps)))]
	switch n := r.IntN(100); {
	case n < 35:
		x.Masscan().SYN([]netip.Addr{h.host.Addr}, []uint16{one})
	case n < 45:
		x.ZMap().SYN([]netip.Addr{h.host.Addr}, one)
	case n < 55:
		x.Connect(h.host.Addr, 23, synth.Talk{Up: 20})
	case n < 80:
		x.Connect(h.host.Addr, one, synth.Talk{Up: 12})
	case n < 90:
		tries(h, x, r.Perm(len(fewTraps))[:1+r.IntN(8)], func() time.Duration { return 200 * time.Millisecond })
	case n < 95:
		x.Masscan().SYN([]netip.Addr{h.host.Addr}, synth.Ports(1, 100))
	case n < 98:
		x.Connect(h.host.Addr, 23, synth.Talk{})
		h.After(time.Minute, func() { x.Connect(h.host.Addr, 23, synth.Talk{Up: 9}) })
	default:
		x.Nmap().SYN([]netip.Addr{h.host.Addr}, synth.Ports(20, 120))
	}
}

// tries connects to traps one after the other.
func tries(h *house, x *synth.Host, order []int, pause func() time.Duration) {
	wait := time.Duration(0)
	for _, i := range order {
		h.After(wait, func() { x.Connect(h.host.Addr, fewTraps[i], synth.Talk{Up: 5}) })
		wait += pause()
	}
}

// byHand is somebody who tries this and that, and thinks in between.
func byHand(h *house, x *synth.Host) {
	r := rand.New(rand.NewPCG(1, 2))
	tries(h, x, []int{9, 1, 8, 0, 10, 4}, func() time.Duration { return 3*time.Second + time.Duration(r.IntN(40))*time.Second })
}
