package main

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"klaxon"
)

// tally is what was counted of one source, service, technique or tool. A count that
// the records do not tell is nil.
type tally struct {
	Name     string    `json:"name"`
	Touches  *uint64   `json:"touches,omitempty"`
	Alarms   int       `json:"alarms"`
	Probes   *uint64   `json:"probes,omitempty"`
	Severity int       `json:"severity"`
	Last     time.Time `json:"last"`
}

// talliesMax names are counted; what comes when there are so many is one of the
// others. It keeps a month of forged sources from filling the memory.
const talliesMax = 200_000

const others = "(others)"

// tallies counts records by what a kind names.
type tallies struct {
	kind
	names map[string]*tally
}

func newTallies(k kind) *tallies { return &tallies{k, map[string]*tally{}} }

func (t *tallies) of(name string) *tally {
	if x := t.names[name]; x != nil {
		return x
	}
	if len(t.names) >= talliesMax {
		name = others
		if x := t.names[name]; x != nil {
			return x
		}
	}
	x := &tally{Name: name, Probes: new(uint64)}
	if t.touch != nil {
		x.Touches = new(uint64)
	}
	t.names[name] = x
	return x
}

// sorted is the first n of them.
func (t *tallies) sorted(n int) []*tally {
	list := make([]*tally, 0, len(t.names))
	for _, x := range t.names {
		list = append(list, x)
	}
	slices.SortFunc(list, func(a, b *tally) int {
		return cmp.Or(cmp.Compare(b.Alarms, a.Alarms), cmp.Compare(b.Severity, a.Severity),
			cmp.Compare(atLeast(b.Touches), atLeast(a.Touches)), cmp.Compare(atLeast(b.Probes), atLeast(a.Probes)), cmp.Compare(a.Name, b.Name))
	})
	return list[:min(n, len(list))]
}

func atLeast(n *uint64) uint64 {
	if n == nil {
		return 0
	}
	return *n
}

// count counts a record, but no alarm that was taken back.
func (t *tallies) count(r klaxon.Record) {
	switch r := r.(type) {
	case *klaxon.Touch:
		if t.touch != nil {
			x := t.of(t.touch(r))
			*x.Touches++
			x.last(r.Time)
		}
	case *klaxon.Alarm:
		if r.Event != klaxon.EventRetract {
			t.countAlarm(r)
		}
	}
}

func (t *tallies) countAlarm(a *klaxon.Alarm) {
	names, whole := t.alarm(a)
	for _, name := range names {
		x := t.of(name)
		x.Alarms++
		x.Severity = max(x.Severity, a.Severity)
		x.last(a.Last)
		switch {
		case !whole:
			x.Probes = nil
		case x.Probes != nil:
			*x.Probes += a.Probes
		}
	}
}

func (t *tally) last(at time.Time) {
	if at.After(t.Last) {
		t.Last = at
	}
}

// kind names what a record counts for.
type kind struct {
	touch func(*klaxon.Touch) string // nil: a touch does not tell
	// alarm also says whether all the alarm's probes were for the one that is named:
	// of several a record has no more than the sum.
	alarm func(*klaxon.Alarm) (names []string, whole bool)
}

var kinds = map[string]kind{
	"source": {
		func(t *klaxon.Touch) string { return t.Source.Addr.String() },
		func(a *klaxon.Alarm) ([]string, bool) { return []string{sourceOf(a)}, true },
	},
	"service": {
		func(t *klaxon.Touch) string { return fmt.Sprintf("%s/%d", t.Transport, t.Target.Port) },
		servicesOf,
	},
	"technique": {
		func(t *klaxon.Touch) string { return string(howTouched(t)) },
		func(a *klaxon.Alarm) (list []string, whole bool) {
			for _, t := range a.Techniques {
				list = append(list, string(t))
			}
			return list, len(list) == 1
		},
	},
	"tool": {nil, func(a *klaxon.Alarm) ([]string, bool) {
		if a.Tool.Name == "" {
			return nil, false
		}
		return []string{a.Tool.Name}, true
	}},
}

// howTouched is the technique of a touch, which is a datagram or a connection that
// came about: a half-open probe is none.
func howTouched(t *klaxon.Touch) klaxon.Technique {
	if t.Transport == klaxon.UDP {
		return klaxon.Udp
	}
	return klaxon.Connect
}

// servicesOf are single ports, and where an alarm has many of them that it is wide:
// each of a wide scan says nothing.
func servicesOf(a *klaxon.Alarm) (list []string, whole bool) {
	ports := 0
	for _, part := range []struct {
		name   string
		ranges []klaxon.PortRange
	}{{"tcp", a.Targets.TCP}, {"udp", a.Targets.UDP}, {"sctp", a.Targets.SCTP}} {
		ports += portsIn(part.ranges)
		list = append(list, singlePorts(part.name, part.ranges)...)
	}
	return list, len(list) == 1 && a.Targets.Services <= ports
}

func portsIn(ranges []klaxon.PortRange) (n int) {
	for _, r := range ranges {
		n += int(r.Last-r.First) + 1
	}
	return n
}

func singlePorts(name string, ranges []klaxon.PortRange) (list []string) {
	const wide = 64
	if portsIn(ranges) > wide {
		return []string{name + " (wide)"}
	}
	for _, r := range ranges {
		for p := int(r.First); p <= int(r.Last); p++ {
			list = append(list, fmt.Sprintf("%s/%d", name, p))
		}
	}
	return list
}
