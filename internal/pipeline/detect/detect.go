// Package detect joins the stages that make alarms of packets: track, classify
// and policy. It is owned by one goroutine, and the time is that of the packets.
package detect

import (
	"math"
	"net/netip"
	"time"

	"klaxon"
	"klaxon/internal/classify"
	"klaxon/internal/decode"
	"klaxon/internal/policy"
	"klaxon/internal/track"
)

// Config says how a Detector works. Track.Rows is set by New; Sensor, Zone and
// Emit are needed.
type Config struct {
	Track  track.Config
	Sensor string
	Zone   func(netip.Addr) klaxon.Zone
	Floor  klaxon.Confidence
	Allow  []netip.Prefix
	Emit   func(*klaxon.Alarm)
	// Interface names the scope a packet was seen in, for alarms; nil for none.
	Interface func(scope uint8) string

	// Calm is for a daemon, whose alarms reach people: see policy.AlarmConfig.
	Calm bool
	List *policy.AllowList // of who is expected, beside Allow
	Wall func(int64) time.Time

	Wants [][]classify.Want // see classify.Judge.SetWants
}

// Detector turns packets into alarms. Use New.
type Detector struct {
	cfg      Config
	track    *track.Tracker
	classify classify.Judge
	alarms   *policy.Alarms
	later    []appointment
	end      int64         // of everything; math.MaxInt64 until then
	asOf     int64         // an appointment that is kept early, 0 for none
	due      int64         // when an appointment or an alarm is due next
	touch    *klaxon.Touch // that is being taken, nil for none
}

// appointment is a source to be judged again at a time.
type appointment struct {
	at          int64
	index, life uint32
}

// appointmentsMax bounds them. A source that finds no room is judged as if its time
// had come: nobody has so many health checks that begin within a minute and a half,
// and a stranger must not put the judgement of others off.
const appointmentsMax = 4096

// New returns a Detector with all of its memory.
func New(cfg Config) *Detector {
	cfg.Track.Rows = classify.Rows()
	d := &Detector{cfg: cfg, track: track.New(cfg.Track), end: math.MaxInt64}
	d.alarms = policy.NewAlarms(policy.AlarmConfig{
		Sensor: cfg.Sensor, Zone: cfg.Zone, Floor: cfg.Floor, Allow: cfg.Allow,
		Describe: d.describe, Ended: d.ended, Emit: d.emit,
		Calm: cfg.Calm, Seed: cfg.Track.Seed, Wall: cfg.Wall, Look: d.look,
	})
	d.alarms.SetAllow(cfg.List)
	d.classify.SetWants(cfg.Wants)
	d.schedule()
	return d
}

// Packet takes one packet, seen at a time in ns on an interface of a scope.
func (d *Detector) Packet(at int64, scope uint8, p *decode.Packet) {
	if at >= d.track.Due() || at >= d.due {
		d.reach(at)
	}
	d.track.Observe(at, scope, p)
	if d.track.News() {
		d.react()
	}
}

// Seen is one packet with where and when it was seen.
type Seen struct {
	At     int64 // ns since 1970
	Scope  uint8 // of the interface
	Packet decode.Packet
}

// Batch takes packets in their order.
func (d *Detector) Batch(list []Seen) {
	for i := range list {
		d.Packet(list[i].At, list[i].Scope, &list[i].Packet)
	}
}

// Advance takes note that time passed without a packet.
func (d *Detector) Advance(at int64) {
	d.reach(at)
	d.track.Advance(at)
	d.react()
}

// reach stops at every time before at when something is due, so that what is
// told and when does not depend on how often packets come.
func (d *Detector) reach(at int64) {
	for {
		next := min(d.track.Due(), d.due)
		if next > at {
			return
		}
		d.track.Advance(next)
		if d.track.News() {
			d.react()
		}
		if next >= d.due { // mostly it was a contact alone
			d.keepAppointments(next)
			d.alarms.Tick(next)
			d.schedule()
		}
	}
}

// schedule finds the next time when an appointment or an alarm is due.
func (d *Detector) schedule() {
	d.due = d.alarms.Due()
	if len(d.later) > 0 {
		d.due = min(d.due, d.later[0].at)
	}
}

// SetDrops is track.Tracker.SetDrops.
func (d *Detector) SetDrops(share float64) { d.track.SetDrops(share) }

// Close settles what waits, as if nothing more came, and closes all alarms.
func (d *Detector) Close() {
	d.end = d.track.Now()
	for d.track.Due() != math.MaxInt64 { // what waits for a touch waits twice
		d.reach(d.track.LastDue())
	}
	for _, a := range d.later {
		d.asOf = a.at
		if v, ok := d.track.View(a.index, a.life); ok {
			d.act(v, d.classify.Verdict(v, d.now()))
		}
	}
	d.alarms.Close(d.stamp())
}

// SetConnected is track.Tracker.SetConnected.
func (d *Detector) SetConnected(nets []netip.Prefix) { d.track.SetConnected(nets) }

// Coverage is track.Tracker.Coverage.
func (d *Detector) Coverage() track.Coverage { return d.track.Coverage() }

// Counts returns what happened so far.
func (d *Detector) Counts() (track.Counts, policy.AlarmCounts) {
	return d.track.Counts(), d.alarms.Counts()
}

// react judges what changed with the last packet, or with the last step in time.
func (d *Detector) react() {
	d.track.Changed(d.judge)
	d.track.Floods(d.flood)
}

func (d *Detector) keepAppointments(now int64) {
	n := 0
	for n < len(d.later) && d.later[n].at <= now {
		if v, ok := d.track.View(d.later[n].index, d.later[n].life); ok {
			d.act(v, d.classify.Verdict(v, d.now()))
		}
		n++
	}
	d.later = append(d.later[:0], d.later[n:]...)
}

func (d *Detector) judge(v track.View) {
	verdict := d.classify.Verdict(v, d.now())
	if verdict.Later && !d.againLater(v) {
		verdict = d.classify.Verdict(v, d.now()+classify.PollerWait)
	}
	d.act(v, verdict)
}

// againLater has a source judged again after PollerWait. It tells whether there is
// room.
func (d *Detector) againLater(v track.View) bool {
	if len(d.later) == appointmentsMax {
		return false
	}
	d.later = append(d.later, appointment{d.track.Now() + classify.PollerWait, v.Index, v.Life})
	d.schedule()
	return true
}

// now is the time of the newest packet, or that of an appointment which is kept
// early because the end has come.
func (d *Detector) now() int64 { return max(d.track.Now(), d.asOf) }

// stamp is the time of a record: what is settled after the end is told at the end.
func (d *Detector) stamp() int64 { return min(d.track.Now(), d.end) }

func (d *Detector) act(v track.View, verdict classify.Verdict) {
	k := policy.Key{Index: v.Index, Life: v.Life}
	if r, number := d.track.RunOf(v); r != nil && d.judgeRun(k, r, number) {
		return
	}
	if v.Proof != klaxon.ProofNone && !verdict.Innocent && verdict.Confidence < klaxon.Established && d.alarms.Joined(k) {
		verdict = classify.Verdict{Scan: true, Confidence: klaxon.Proven, Why: whyProven}
	}
	drill := v.Marks&track.TouchDrill != 0
	switch {
	case verdict.Innocent:
		d.alarms.Retract(k, verdict.Why, d.stamp())
	case drill && v.Touches == 0: // it waits for its touch
	case !drill && d.conspires(k, v, verdict):
	case !drill && d.crowded(k, v, verdict):
		d.schedule()
	case verdict.Scan && verdict.Confidence >= d.cfg.Floor || v.Touches > 0:
		v.Report = d.track.OpenReport(v)
		s := d.classify.Sketch(v, verdict)
		d.alarms.Judge(k, &s, d.stamp())
		d.schedule()
	}
}

// describe tells what is known of an alarm's scan.
func (d *Detector) describe(k policy.Key) (klaxon.Scan, bool) {
	switch k.Kind {
	case policy.OfFlood:
		return d.describeFlood(k.Index)
	case policy.OfRun:
		return d.describeRun(k)
	case policy.OfCampaign:
		return d.classify.DescribeCampaign(k.Index, k.Life)
	}
	v, ok := d.track.View(k.Index, k.Life)
	if !ok {
		return klaxon.Scan{}, false
	}
	s := d.classify.Describe(v, d.classify.Verdict(v, d.now()))
	if !v.Deaf {
		s.Interface = d.iface(v.Scope)
	}
	return s, true
}

func (d *Detector) ended(k policy.Key) {
	switch k.Kind {
	case policy.OfFlood:
		return
	case policy.OfCampaign:
		d.classify.EndCampaign(k.Index, k.Life)
		return
	case policy.OfRun:
		if r := d.track.Run(k.Index, k.Life); r != nil {
			d.track.CloseRun(r)
		}
		return
	}
	if v, ok := d.track.View(k.Index, k.Life); ok {
		d.track.CloseReport(v)
	}
}

func (d *Detector) iface(scope uint8) string {
	if d.cfg.Interface == nil {
		return ""
	}
	return d.cfg.Interface(scope)
}

func (d *Detector) flood(number uint32, f *track.Flood) {
	s := classify.DescribeFlood(f)
	d.alarms.Judge(policy.Key{Kind: policy.OfFlood, Index: number}, &s, d.stamp())
	d.schedule()
}

func (d *Detector) describeFlood(number uint32) (klaxon.Scan, bool) {
	f := d.track.Flood(number)
	if f == nil {
		return klaxon.Scan{}, false
	}
	s := classify.DescribeFlood(f)
	s.Interface = d.iface(f.Scope)
	return s, true
}
