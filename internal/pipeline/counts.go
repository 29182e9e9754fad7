package pipeline

import "time"

// Counts is a snapshot for the conservation laws and for status. Touches go to
// record sinks and to the detector, alarms to all sinks. HeldBack is per kind of
// sink: each record sink missed HeldBackKeep touches, each sink that notifies
// HeldBackNotify alarms.
type Counts struct {
	In           uint64 // touches offered by watchers
	Dropped      uint64 // of these, lost before they were staged
	Staged       uint64 // of these, stamped and offered to record sinks and detector
	HeldBackKeep uint64
	Unjudged     uint64 // of those staged, that found the detector's queue full

	Alarms         uint64 // offered by the detector
	AlarmsDropped  uint64 // of these, lost before they were staged
	AlarmsStaged   uint64 // of these, stamped and offered to the outputs
	Quiet          uint64 // of these staged, for record sinks alone
	HeldBackNotify uint64

	Drills      uint64 // of In, the touches of fire drills that were not dropped
	AlarmDrills uint64 // of Alarms, likewise
	QuietDrills uint64 // of Quiet

	Held Held // of what was held back, what nobody was told yet

	Health  uint64 // records about the sensor itself, beside both
	Outputs []OutputCounts
}

// OutputCounts is the state of one output. Once Run has returned,
//
//	Counts.Staged       = Written + Lost + Passed + HeldBack + HeldBackKeep   for a record sink
//	Counts.AlarmsStaged = Alarms + AlarmsLost + AlarmsPassed + AlarmsHeldBack   likewise,
//	                      and beside these Quiet + HeldBackNotify   for one that notifies
//
// and with a spool what was Left is on the right as well, and what came from it,
// First, on the left.
type OutputCounts struct {
	Name       string
	Keep       bool   // a record sink
	Written    uint64 // touches the sink took
	Lost       uint64 // touches its queue could not hold, that it refused, or that were left at the end
	Alarms     uint64 // alarm records the sink took
	AlarmsLost uint64 // likewise
	Health     uint64 // health records, taken or lost
	Pending    uint64 // records of all kinds that wait
	Failing    bool
	Why        string        // of the last call that failed; may hold a peer's bytes
	Lag        time.Duration // since it was given the oldest record that it has not taken yet
	Failures   uint64        // calls of the sink that did not take everything

	Passed         uint64 // touches that its filter does not want
	AlarmsPassed   uint64 // likewise
	HeldBack       uint64 // touches that its own budget did not allow
	AlarmsHeldBack uint64 // likewise

	First, AlarmsFirst uint64 // left by the run before, and queued first
	Left, AlarmsLeft   uint64 // put away at the end, for the next run
}

// Counts returns a snapshot. It is exact once Run has returned; while it runs,
// what lies between two stages may be missing from it.
func (p *Pipeline) Counts() Counts {
	p.mu.Lock()
	c := p.state
	p.mu.Unlock()
	total, drills := p.in.total()
	c.In, c.Alarms, c.Drills, c.AlarmDrills = total[touches], total[alarms], drills[touches], drills[alarms]
	for _, o := range p.outputs {
		c.Outputs = append(c.Outputs, o.counts())
	}
	return c
}

// publish makes what the goroutine in Run has counted visible.
func (p *Pipeline) publish() {
	p.mu.Lock()
	p.state = p.own
	p.state.Held = p.heldNow()
	p.mu.Unlock()
}
