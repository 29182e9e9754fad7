package pipeline

import (
	"net/netip"
	"slices"

	"klaxon"
	"klaxon/internal/policy"
)

// Filter says which touches and alarms an output wants. What a sensor says of
// itself goes to every output: one that loses records must be able to say so. The
// zero value wants everything.
type Filter struct {
	Severity   int               // of alarms, at least
	Confidence klaxon.Confidence // of alarms, at least
	Proof      klaxon.Proof      // at least
	Zones      []klaxon.Zone     // none: all
	Services   []policy.ServiceRange
	Bit        uint64 // of an alarm's Wanted: the detector looks for Services in all targets, of which an alarm lists some
	Sources    []netip.Prefix
}

// wants tells whether a record passes.
func (f *Filter) wants(r klaxon.Record) bool {
	switch r := r.(type) {
	case *klaxon.Touch:
		return r.Proof >= f.Proof && f.zone(r.Zone) && f.source(r.Source.Addr) &&
			f.service(r.Transport, r.Target.Port, r.Target.Port)
	case *klaxon.Alarm:
		return r.Severity >= f.Severity && r.Confidence >= f.Confidence && r.Proof >= f.Proof &&
			f.zone(r.Zone) && f.anySource(&r.Scan) && f.anyService(r)
	}
	return true
}

// Chooser returns what tells, record by record, whether an output with this filter
// would be told of it.
func (f *Filter) Chooser() func(klaxon.Record) bool {
	c := choice{filter: f}
	return c.wants
}

func (f *Filter) zone(z klaxon.Zone) bool { return len(f.Zones) == 0 || slices.Contains(f.Zones, z) }

func (f *Filter) source(a netip.Addr) bool {
	a = a.Unmap().WithZone("")
	return len(f.Sources) == 0 || slices.ContainsFunc(f.Sources, func(p netip.Prefix) bool { return p.Contains(a) })
}

func (f *Filter) anySource(s *klaxon.Scan) bool {
	return f.source(s.Source.Addr) || slices.ContainsFunc(s.Sources, f.source) || s.SourcesTotal > max(len(s.Sources), 1)
}

func (f *Filter) service(t klaxon.Transport, first, last uint16) bool {
	return len(f.Services) == 0 || slices.ContainsFunc(f.Services, func(s policy.ServiceRange) bool {
		return s.Transport == t && first <= s.Last && last >= s.First
	})
}

func (f *Filter) anyService(a *klaxon.Alarm) bool {
	if len(f.Services) == 0 || a.Wanted&f.Bit != 0 {
		return true
	}
	if t := a.Touch; t != nil && f.service(t.Transport, t.Target.Port, t.Target.Port) {
		return true
	}
	for transport, list := range map[klaxon.Transport][]klaxon.PortRange{
		klaxon.TCP: a.Targets.TCP, klaxon.UDP: a.Targets.UDP, klaxon.SCTP: a.Targets.SCTP,
	} {
		// Of what several did together the detector does not know all, and better once
		// too often than never.
		if len(list) >= listedRanges && (f.Bit == 0 || a.SourcesTotal > 1) {
			return true
		}
		if slices.ContainsFunc(list, func(r klaxon.PortRange) bool { return f.service(transport, r.First, r.Last) }) {
			return true
		}
	}
	return false
}

// choice is a filter at work: an alarm that passed once is told to its end, so
// that nobody waits for a close, or misses that it was taken back.
type choice struct {
	filter *Filter
	told   map[string]bool // open alarms that passed, at most untoldCap
}

func (c *choice) wants(r klaxon.Record) bool {
	if c.filter == nil {
		return true
	}
	a, ok := r.(*klaxon.Alarm)
	if !ok {
		return c.filter.wants(r)
	}
	wanted := c.told[a.ID] || c.filter.wants(r)
	switch {
	case a.Event == klaxon.EventClose, a.Event == klaxon.EventRetract:
		delete(c.told, a.ID)
	case wanted && len(c.told) < untoldCap:
		if c.told == nil {
			c.told = map[string]bool{}
		}
		c.told[a.ID] = true
	}
	return wanted
}
