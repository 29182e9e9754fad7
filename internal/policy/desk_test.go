package policy

import (
	"fmt"
	"net/netip"
	"slices"
	"testing"
	"time"

	"klaxon"
)

const second = int64(time.Second)

// begin is when every test begins.
var begin = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC).UnixNano()

// desk is where alarms are told.
type desk struct {
	*Alarms
	t     *testing.T
	told  []klaxon.Alarm
	ended []Key
	known map[Key]klaxon.Scan // what Describe says
	looks map[Key]Look        // what Look says
}

func newDesk(t *testing.T, allow ...string) *desk {
	d := &desk{t: t, known: map[Key]klaxon.Scan{}}
	cfg := AlarmConfig{
		Sensor: "sensor",
		Zone:   Zones{}.Of,
		Floor:  klaxon.Established,
		Describe: func(k Key) (klaxon.Scan, bool) {
			s, ok := d.known[k]
			s.Techniques, s.Marks = slices.Clone(s.Techniques), slices.Clone(s.Marks)
			return s, ok
		},
		Ended: func(k Key) { d.ended = append(d.ended, k) },
		Emit:  func(a *klaxon.Alarm) { d.told = append(d.told, *a) },
	}
	for _, p := range allow {
		cfg.Allow = append(cfg.Allow, netip.MustParsePrefix(p))
	}
	d.Alarms = NewAlarms(cfg)
	return d
}

// judge tells what is known at so many seconds, and judges it.
func (d *desk) judge(k Key, s klaxon.Scan, at int64) {
	d.known[k] = s
	s.Techniques, s.Marks = slices.Clone(s.Techniques), slices.Clone(s.Marks)
	d.Judge(k, &s, begin+at*second)
}

func (d *desk) tick(at int64) { d.Tick(begin + at*second) }

// events are the events told, with their seconds.
func (d *desk) events() (list []string) {
	for _, a := range d.told {
		list = append(list, fmt.Sprintf("%s %d", a.Event, (a.Time.UnixNano()-begin)/second))
	}
	return list
}

func (d *desk) want(events ...string) {
	d.t.Helper()
	if got := d.events(); !slices.Equal(got, events) {
		d.t.Errorf("told %q\n want %q", got, events)
	}
}

func (d *desk) last() klaxon.Alarm {
	d.t.Helper()
	if len(d.told) == 0 {
		d.t.Fatal("nothing was told")
	}
	return d.told[len(d.told)-1]
}

// scan is an established SYN scan from a source, whose last probe was at so many
// seconds.
func scan(source string, at int64) klaxon.Scan {
	s := klaxon.Scan{
		First: time.Unix(0, begin).UTC(), Last: time.Unix(0, begin+at*second).UTC(),
		Techniques: []klaxon.Technique{klaxon.Syn}, Shape: klaxon.ShapeVertical,
		Confidence: klaxon.Established, Why: "a reason", Probes: 10,
	}
	if source != "" {
		s.Source.Addr = netip.MustParseAddr(source)
	}
	return s
}

const (
	outsider = "203.0.113.7"
	insider  = "192.168.1.7"
)

var k1, k2 = Key{OfSource, 1, 1}, Key{OfSource, 2, 1}
