package main

import (
	"context"
	"time"

	"klaxon"
	"klaxon/internal/config"
	"klaxon/internal/decode"
	"klaxon/internal/pipeline"
	"klaxon/internal/pipeline/wire"
	"klaxon/internal/sandbox"
	"klaxon/internal/sink/metrics"
	"klaxon/internal/watch/listen"
)

// measurePatience is how long a scrape waits for the detector, and for the store:
// what they do not tell in time is left out.
const measurePatience = time.Second

func openMetrics(d *daemon, o *config.OutputTable, _ sandbox.Identity) (klaxon.Sink, pipeline.Delivery, error) {
	s, err := metrics.New(metrics.Options{Name: o.Name, Address: o.Address, More: d.measure})
	if err != nil {
		return nil, pipeline.Delivery{}, err
	}
	return s, pipeline.Delivery{}, nil
}

// measure is what klaxond tells of itself to who scrapes it. Before all parts are
// there it is nothing.
func (d *daemon) measure() []metrics.Family {
	if !d.ready.Load() {
		return nil
	}
	counts := inEarnest(d.pipe.Counts())
	list := []metrics.Family{
		{Name: "klaxon_build_info", Help: "The version of klaxond.", Kind: metrics.Gauge,
			Samples: []metrics.Sample{{Labels: []string{"version", version, "mode", string(d.cfg.Mode)}, Value: 1}}},
		metrics.One("klaxon_start_time_seconds", "When klaxond started.", metrics.Gauge, float64(d.started.Unix())),
		d.measureTraps(),
	}
	list = append(list, measureStages(&counts, d.traps.Counters().Lost)...)
	list = append(list, measureOutputs(counts.Outputs)...)
	list = append(list, d.measureSelfTest()...)
	list = append(list, d.measureWire()...)
	return append(list, d.measureStore()...)
}

// measureTraps counts traps by their best state on any address.
func (d *daemon) measureTraps() metrics.Family {
	best := map[listen.Trap]listen.State{}
	for _, s := range d.traps.Status() {
		if was, known := best[s.Trap]; !known || s.State == listen.StateArmed || was == listen.StateDenied {
			best[s.Trap] = s.State
		}
	}
	n := map[listen.State]int{}
	for _, s := range best {
		n[s]++
	}
	f := metrics.Family{Name: "klaxon_traps", Help: "Traps by state: armed, held by a real service, or not armable.", Kind: metrics.Gauge}
	for state, name := range map[listen.State]string{listen.StateArmed: "armed", listen.StateHeld: "held", listen.StateDenied: "denied"} {
		f.Samples = append(f.Samples, metrics.Sample{Labels: []string{"state", name}, Value: float64(n[state])})
	}
	return f
}

func measureStages(c *pipeline.Counts, kernel uint64) []metrics.Family {
	one := func(reason string, n uint64) metrics.Sample {
		return metrics.Sample{Labels: []string{"reason", reason}, Value: float64(n)}
	}
	return []metrics.Family{
		metrics.One("klaxon_touches_total", "Touches of traps that were taken.", metrics.Counter, float64(c.In)),
		{Name: "klaxon_touches_missed_total", Help: "Touches that did not get everywhere, by reason.", Kind: metrics.Counter, Samples: []metrics.Sample{
			one("queue", c.Dropped), one("kernel", kernel), one("budget", c.HeldBackKeep), one("detector", c.Unjudged)}},
		metrics.One("klaxon_alarm_records_total", "Records of alarms that the detector made.", metrics.Counter, float64(c.Alarms)),
		{Name: "klaxon_alarm_records_missed_total", Help: "Records of alarms that people were not told one by one, by reason.", Kind: metrics.Counter, Samples: []metrics.Sample{
			one("queue", c.AlarmsDropped), one("quiet", c.Quiet), one("budget", c.HeldBackNotify)}},
	}
}

// measureOutputs has a sample for each output.
func measureOutputs(outputs []pipeline.OutputCounts) []metrics.Family {
	families := []struct {
		metrics.Family
		value func(*pipeline.OutputCounts) uint64
	}{
		{metrics.Family{Name: "klaxon_output_records_total", Help: "Touches and records of alarms that an output took, fire drills with them.", Kind: metrics.Counter},
			func(o *pipeline.OutputCounts) uint64 { return o.Written + o.Alarms }},
		{metrics.Family{Name: "klaxon_output_lost_total", Help: "Records that an output lost: its queue was full, or they were refused.", Kind: metrics.Counter},
			func(o *pipeline.OutputCounts) uint64 { return o.Lost + o.AlarmsLost }},
		{metrics.Family{Name: "klaxon_output_filtered_total", Help: "Records that the filter of an output does not want.", Kind: metrics.Counter},
			func(o *pipeline.OutputCounts) uint64 { return o.Passed + o.AlarmsPassed }},
		{metrics.Family{Name: "klaxon_output_held_back_total", Help: "Records beyond the budget of an output's own.", Kind: metrics.Counter},
			func(o *pipeline.OutputCounts) uint64 { return o.HeldBack + o.AlarmsHeldBack }},
		{metrics.Family{Name: "klaxon_output_failures_total", Help: "Deliveries of an output that failed, and are tried again.", Kind: metrics.Counter},
			func(o *pipeline.OutputCounts) uint64 { return o.Failures }},
		{metrics.Family{Name: "klaxon_output_pending_records", Help: "Records that wait for an output.", Kind: metrics.Gauge},
			func(o *pipeline.OutputCounts) uint64 { return o.Pending }},
		{metrics.Family{Name: "klaxon_output_failing", Help: "1 while an output fails.", Kind: metrics.Gauge},
			func(o *pipeline.OutputCounts) uint64 { return truth(o.Failing) }},
	}
	list := make([]metrics.Family, len(families))
	for i, f := range families {
		for j := range outputs {
			f.Samples = append(f.Samples, metrics.Sample{Labels: []string{"output", outputs[j].Name}, Value: float64(f.value(&outputs[j]))})
		}
		list[i] = f.Family
	}
	return list
}

// measureSelfTest is nothing where klaxond does not test itself.
func (d *daemon) measureSelfTest() []metrics.Family {
	if !d.testsItself() {
		return nil
	}
	s := &d.drills.self
	s.mu.Lock()
	defer s.mu.Unlock()
	return []metrics.Family{
		metrics.One("klaxon_self_tests_total", "Touches of its own traps by which klaxond tests itself.", metrics.Counter, float64(s.count)),
		metrics.One("klaxon_self_tests_missed_total", "Of these, those that did not ring.", metrics.Counter, float64(s.lost)),
		metrics.One("klaxon_detecting", "0 while klaxond does not detect its own touches.", metrics.Gauge, float64(truth(s.row < silentAfter))),
	}
}

func truth(b bool) uint64 {
	if b {
		return 1
	}
	return 0
}

func (d *daemon) measureWire() []metrics.Family {
	watched := metrics.One("klaxon_wire_watched", "1 while the wire is watched.", metrics.Gauge, float64(truth(d.live != nil)))
	ctx, cancel := context.WithTimeout(context.Background(), measurePatience)
	defer cancel()
	seen, err := d.watch.State(ctx)
	if err != nil {
		return []metrics.Family{watched}
	}
	drops := metrics.Family{Name: "klaxon_wire_dropped_packets_total", Help: "Packets that the kernel dropped before they were looked at.", Kind: metrics.Counter}
	for _, in := range seen.Interfaces {
		drops.Samples = append(drops.Samples, metrics.Sample{Labels: []string{"interface", text(in.Name)}, Value: float64(in.Drops)})
	}
	return append([]metrics.Family{watched, drops}, measureDetector(&seen)...)
}

func measureDetector(seen *wire.State) []metrics.Family {
	return []metrics.Family{
		metrics.One("klaxon_wire_packets_total", "Packets that were looked at.", metrics.Counter, float64(seen.Tally[decode.Decoded])),
		metrics.One("klaxon_wire_bytes_total", "Bytes of the packets that were seen.", metrics.Counter, float64(seen.Bytes)),
		metrics.One("klaxon_sources_tracked", "Sources that the detector remembers.", metrics.Gauge, float64(seen.Track.Sources-seen.Track.SourcesEvicted)),
		metrics.One("klaxon_sources_evicted_total", "Sources that the detector forgot for lack of memory.", metrics.Counter, float64(seen.Track.SourcesEvicted)),
		metrics.One("klaxon_alarms_retracted_total", "Alarms that proved to be innocent.", metrics.Counter, float64(seen.Alarms.Retracted)),
	}
}

func (d *daemon) measureStore() []metrics.Family {
	if d.keeper == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), measurePatience)
	defer cancel()
	st, err := d.keeper.Stats(ctx)
	if err != nil {
		return nil
	}
	return []metrics.Family{
		metrics.One("klaxon_store_size_bytes", "How much of the store is in use.", metrics.Gauge, float64(st.Bytes)),
		metrics.One("klaxon_store_limit_bytes", "How large the store may become, 0 for no limit.", metrics.Gauge, float64(st.MaxBytes)),
		metrics.One("klaxon_store_failing", "1 while nothing can be kept.", metrics.Gauge, float64(truth(st.Failing != ""))),
	}
}
