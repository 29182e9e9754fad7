package policy

import (
	"fmt"
	"net/netip"
	"strings"
	"time"

	"klaxon"
)

// Weather sums up a day of passers-by from outside, so that people read of them
// once. Its memory is bounded whatever comes. It has no clock: Report is told the
// time. Use NewWeather.
type Weather struct {
	since           time.Time // the day began; zero until Report was called
	sources, proven distinct
	more            uint64 // sources of alarms about many that are not named
	alarms, told    uint64
	unusual         uint64 // remarkable, and not told because others were
	services        ranking
	networks        ranking
	techniques      ranking
	tools           ranking
	before          bool // there was something the day before
}

// NewWeather returns an empty day. The seed is random, or fixed for a test.
func NewWeather(seed uint64) *Weather {
	w := &Weather{sources: distinct{seed: seed, room: weatherSources}, proven: distinct{seed: seed, room: weatherSources}}
	w.clear()
	return w
}

func (w *Weather) clear() {
	w.sources.hashes, w.sources.full = nil, false
	w.proven.hashes, w.proven.full = nil, false
	w.more, w.alarms, w.told, w.unusual = 0, 0, 0, 0
	w.services, w.networks = newRanking(weatherWords), newRanking(weatherWords)
	w.techniques, w.tools = newRanking(weatherNames), newRanking(weatherNames)
}

// Add takes the scan of an alarm that is over, and whether people heard of it.
func (w *Weather) Add(s *klaxon.Scan, told bool) {
	w.alarms++
	if told {
		w.told++
	}
	if a := s.Source.Addr; a.IsValid() {
		w.source(a, s.Proof >= klaxon.ProofHandshake)
	}
	for _, a := range s.Sources {
		w.source(a, false)
	}
	if named := len(s.Sources); s.SourcesTotal > named {
		w.more += uint64(s.SourcesTotal - named)
	}
	for _, t := range s.Techniques {
		w.techniques.add(string(t))
	}
	if s.Tool.Name != "" {
		w.tools.add(s.Tool.Name)
	}
	n := 0
	for p := range portsOf(&s.Targets) {
		if n++; n > weatherServices {
			break
		}
		w.services.add(portText(p))
	}
}

func (w *Weather) source(a netip.Addr, proven bool) {
	w.sources.add(a)
	if proven {
		w.proven.add(a)
	}
	w.networks.add(network(a).String())
}

// network is the network of an address that usually has one owner.
func network(a netip.Addr) netip.Prefix {
	a = plain(a)
	bits := 24
	if a.Is6() {
		bits = 48
	}
	p, _ := a.Prefix(bits)
	return p
}

// Report returns the record of a day when that is over, and begins the next. A day
// without anybody is told after one with somebody: then silence is news.
func (w *Weather) Report(now time.Time) (klaxon.Health, bool) {
	if w.since.IsZero() || now.Before(w.since) { // or the clock was set back
		w.since = now
	}
	if now.Sub(w.since) < day {
		return klaxon.Health{}, false
	}
	n, _ := w.count()
	h := klaxon.Health{What: klaxon.HealthWeather, Time: now, Since: w.since, Count: n, Detail: w.sentence(now)}
	tell := n > 0 || w.before
	w.before, w.since = n > 0, now
	w.clear()
	return h, tell
}

// Clear tells whether nobody came so far today.
func (w *Weather) Clear() bool { return w.alarms == 0 && w.unusual == 0 }

func (w *Weather) count() (n uint64, exact bool) {
	n, exact = w.sources.count()
	return n + w.more, exact
}

func (w *Weather) sentence(now time.Time) string {
	n, exact := w.count()
	if n == 0 {
		return "nobody from outside came by in " + hours(now.Sub(w.since)) + ", other than the day before"
	}
	var b strings.Builder
	b.WriteString(amount(n, exact, "source", "sources"))
	fmt.Fprintf(&b, " from outside in %s", hours(now.Sub(w.since)))
	if p, exact := w.proven.count(); p > 0 {
		fmt.Fprintf(&b, ", %s proven", amount(p, exact, "", ""))
	}
	for _, part := range []struct {
		what string
		r    *ranking
	}{{"for", &w.services}, {"by", &w.techniques}, {"with", &w.tools}, {"from", &w.networks}} {
		if top := part.r.top(weatherTop); top != "" {
			fmt.Fprintf(&b, "; %s %s", part.what, top)
		}
	}
	if w.told > 0 {
		fmt.Fprintf(&b, "; %d told when they came", w.told)
	}
	if w.unusual > 0 {
		fmt.Fprintf(&b, "; %d more were unusual", w.unusual)
	}
	return b.String()
}

// amount writes a number of things, with a tilde when it is an estimate.
func amount(n uint64, exact bool, one, many string) string {
	s := fmt.Sprint(n)
	if !exact {
		s = "about " + s
	}
	switch {
	case many == "":
		return s
	case n == 1:
		return s + " " + one
	}
	return s + " " + many
}

func hours(d time.Duration) string { return fmt.Sprintf("%.0f h", d.Hours()) }
