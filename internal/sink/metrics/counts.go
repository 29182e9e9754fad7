package metrics

import (
	"slices"
	"strconv"

	"klaxon"
)

// The lists that labels are of.
var (
	zones      = []klaxon.Zone{klaxon.ZoneInside, klaxon.ZoneOutside, klaxon.ZoneLoopback}
	shapes     = []klaxon.Shape{klaxon.ShapeTouch, klaxon.ShapeVertical, klaxon.ShapeSweep, klaxon.ShapeBlock, klaxon.ShapeFlood}
	events     = []klaxon.Event{klaxon.EventOpen, klaxon.EventUpdate, klaxon.EventRetract, klaxon.EventClose}
	transports = []string{"tcp", "udp", "sctp"}
	whats      = []klaxon.HealthWhat{klaxon.HealthDrops, klaxon.HealthDisk, klaxon.HealthHeldBack, klaxon.HealthSilence, klaxon.HealthWire,
		klaxon.HealthClock, klaxon.HealthTrap, klaxon.HealthAllow, klaxon.HealthWeather, klaxon.HealthTest, klaxon.HealthStore}
)

const other = "other"

// listed is a word of a list, or "other".
func listed[S ~string](list []S, word S) string {
	if slices.Contains(list, word) {
		return string(word)
	}
	return other
}

type touchKey struct{ transport, zone, proof string }
type openKey struct{ shape, zone, severity, confidence string }

// counts are of the records that were taken.
type counts struct {
	touches map[touchKey]uint64
	opened  map[openKey]uint64
	events  map[string]uint64
	health  map[string]uint64
	last    float64 // when the newest alarm opened, in seconds; 0 for none
}

func newCounts() counts {
	c := counts{map[touchKey]uint64{}, map[openKey]uint64{}, map[string]uint64{}, map[string]uint64{}, 0}
	for _, e := range events { // those that did not happen are 0, so that a rate begins
		c.events[string(e)] = 0
	}
	for _, w := range whats {
		c.health[string(w)] = 0
	}
	return c
}

func (c *counts) add(r klaxon.Record) {
	switch r := r.(type) {
	case *klaxon.Touch:
		c.touches[touchKey{listed(transports, r.Transport.String()), listed(zones, r.Zone), r.Proof.String()}]++
	case *klaxon.Alarm:
		c.events[listed(events, r.Event)]++
		if r.Event == klaxon.EventOpen {
			c.opened[openKey{listed(shapes, r.Shape), listed(zones, r.Zone), strconv.Itoa(min(max(r.Severity, 0), 5)), r.Confidence.String()}]++
			c.last = max(c.last, float64(r.Time.Unix()))
		}
	case *klaxon.Health:
		c.health[listed(whats, r.What)]++
	}
}

func (c *counts) families() []Family {
	touches := Family{Name: "klaxon_touches_recorded_total", Help: "Touches of traps that were recorded.", Kind: Counter}
	for k, n := range c.touches {
		touches.Samples = append(touches.Samples, Sample{[]string{"transport", k.transport, "zone", k.zone, "proof", k.proof}, float64(n)})
	}
	opened := Family{Name: "klaxon_alarms_opened_total", Help: "Alarms that opened, as they were then.", Kind: Counter}
	for k, n := range c.opened {
		opened.Samples = append(opened.Samples, Sample{[]string{"shape", k.shape, "zone", k.zone, "severity", k.severity, "confidence", k.confidence}, float64(n)})
	}
	list := []Family{
		touches, opened,
		simple("klaxon_alarm_events_total", "Records of alarms, by what happened to the alarm.", "event", c.events),
		simple("klaxon_health_records_total", "What the sensor said of itself.", "what", c.health),
	}
	if c.last > 0 {
		list = append(list, One("klaxon_last_alarm_timestamp_seconds", "When the newest alarm opened.", Gauge, c.last))
	}
	return list
}

func simple(name, help, label string, values map[string]uint64) Family {
	f := Family{Name: name, Help: help, Kind: Counter}
	for k, n := range values {
		f.Samples = append(f.Samples, Sample{[]string{label, k}, float64(n)})
	}
	return f
}
