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

// outputFails is what the record says that an output takes nothing and lost nothing
// so far; one that tells of losses is "drops".
const outputFails = "output-fails"

// risingMax bounds the alarms whose rise is followed; policy keeps fewer open. Beyond
// them an alarm counts as what it was when it opened.
const risingMax = 1 << 14

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
	reached map[openKey]uint64
	rising  map[string]openKey // open alarms, by what they counted as last
	drills  uint64
	events  map[string]uint64
	health  map[string]uint64
	last    float64 // when the newest alarm opened, in seconds; 0 for none
}

func newCounts() counts {
	c := counts{
		touches: map[touchKey]uint64{}, opened: map[openKey]uint64{}, reached: map[openKey]uint64{}, rising: map[string]openKey{},
		events: map[string]uint64{}, health: map[string]uint64{outputFails: 0},
	}
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
		if c.drilled(r.Marks) {
			return
		}
		c.touches[touchKey{listed(transports, r.Transport.String()), listed(zones, r.Zone), r.Proof.String()}]++
	case *klaxon.Alarm:
		if c.drilled(r.Marks) {
			return
		}
		c.events[listed(events, r.Event)]++
		key := openKey{listed(shapes, r.Shape), listed(zones, r.Zone), strconv.Itoa(min(max(r.Severity, 0), 5)), r.Confidence.String()}
		if r.Event == klaxon.EventOpen {
			c.opened[key]++
			c.last = max(c.last, float64(r.Time.Unix()))
		}
		c.rise(r, key)
	case *klaxon.Health:
		what := listed(whats, r.What)
		if r.What == klaxon.HealthHeldBack && r.Count == 0 && r.Output != "" {
			what = outputFails
		}
		c.health[what]++
	}
}

// drilled counts what is part of a drill by itself: nothing rang.
func (c *counts) drilled(marks []klaxon.Mark) bool {
	if !slices.Contains(marks, klaxon.MarkDrill) {
		return false
	}
	c.drills++
	return true
}

// rise counts an alarm once for each thing that it came to be: it may open as a touch
// of severity 2 and become a scan of severity 5.
func (c *counts) rise(a *klaxon.Alarm, key openKey) {
	was, known := c.rising[a.ID]
	switch {
	case a.Event == klaxon.EventRetract || a.Event == klaxon.EventClose:
		delete(c.rising, a.ID)
		return
	case known && was == key, !known && a.Event != klaxon.EventOpen && len(c.rising) >= risingMax:
		return
	}
	c.reached[key]++
	if known || len(c.rising) < risingMax {
		c.rising[a.ID] = key
	}
}

func (c *counts) families() []Family {
	touches := Family{Name: "klaxon_touches_recorded_total", Help: "Touches of traps that were recorded.", Kind: Counter}
	for k, n := range c.touches {
		touches.Samples = append(touches.Samples, Sample{[]string{"transport", k.transport, "zone", k.zone, "proof", k.proof}, float64(n)})
	}
	list := []Family{
		touches,
		alarms("klaxon_alarms_opened_total", "Alarms that opened, as they were then.", c.opened),
		alarms("klaxon_alarms_reached_total", "Alarms by what they became: each counts once for everything that it was, when it opened and later.", c.reached),
		One("klaxon_drill_records_total", "Touches and records of alarms that were part of fire drills, and are in no other count.", Counter, float64(c.drills)),
		simple("klaxon_alarm_events_total", "Records of alarms, by what happened to the alarm.", "event", c.events),
		simple("klaxon_health_records_total", "What the sensor said of itself.", "what", c.health),
	}
	if c.last > 0 {
		list = append(list, One("klaxon_last_alarm_timestamp_seconds", "When the newest alarm opened.", Gauge, c.last))
	}
	return list
}

func alarms(name, help string, values map[openKey]uint64) Family {
	f := Family{Name: name, Help: help, Kind: Counter}
	for k, n := range values {
		f.Samples = append(f.Samples, Sample{[]string{"shape", k.shape, "zone", k.zone, "severity", k.severity, "confidence", k.confidence}, float64(n)})
	}
	return f
}

func simple(name, help, label string, values map[string]uint64) Family {
	f := Family{Name: name, Help: help, Kind: Counter}
	for k, n := range values {
		f.Samples = append(f.Samples, Sample{[]string{label, k}, float64(n)})
	}
	return f
}
