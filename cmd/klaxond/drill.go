package main

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"time"

	"klaxon"
	"klaxon/internal/control"
	"klaxon/internal/drill"
	"klaxon/internal/drill/probe"
	"klaxon/internal/pipeline"
	"klaxon/internal/pipeline/detect"
	"klaxon/internal/watch/listen"
)

// Our own choices for drills.
const (
	drillMost     = 10 * time.Minute
	elsewhereWait = 5 * time.Minute       // until somebody has carried the code to another host
	drillLook     = 50 * time.Millisecond // how often it is looked whether all has arrived
	noticeWait    = 10 * time.Second      // for the record of its end to reach the outputs
	connectWait   = 3 * time.Second
	portIdent     = 113 // has rules of its own
	loopbackName  = "lo"
)

// drills is what klaxond knows of its drills.
type drills struct {
	*drill.Drills                   // nil where none is allowed
	raw           *probe.Raw        // nil where raw probes cannot be sent
	rawless       string            // why
	ctx           context.Context   // of what answers klaxonctl
	orders        map[string]*order // the newest alone
	self          selfTest
}

// order is a drill that klaxonctl asked for.
type order struct {
	done bool
}

// openDrill opens what raw probes are sent by: bound to lo, so that they never
// leave this host, whoever would have them.
func (d *daemon) openDrill() {
	if !d.cfg.Drill.Enabled {
		return
	}
	d.drills.Drills = drill.New(nil)
	switch {
	case d.passive():
		d.drills.rawless = `mode = "passive" sends nothing`
	case !d.hears(loopbackName):
		d.drills.rawless = "the wire is not watched on " + loopbackName
	default:
		raw, err := probe.OpenRaw(loopbackName)
		if err != nil {
			d.drills.rawless = err.Error()
		}
		d.drills.raw = raw
	}
}

// hears tells whether an interface is watched.
func (d *daemon) hears(name string) bool {
	if d.live == nil {
		return false
	}
	for _, in := range d.live.Interfaces() {
		if in.Name == name {
			return true
		}
	}
	return false
}

// drilled takes the touch of a trap if it is part of a drill.
func (d *daemon) drilled(t *klaxon.Touch, c listen.Conn) bool {
	if d.drills.Drills == nil {
		return false
	}
	ok, silent := d.drills.Touch(t)
	if !ok {
		return false
	}
	if c.FD() >= 0 {
		c.Close()
	}
	if !silent {
		d.pipe.Touch(t)
		return true
	}
	own := *t
	own.Payload = nil // the watcher's
	d.drills.self.touches.Add(1)
	d.watch.Touch(&own)
	return true
}

// told is what hears of the outputs for drills.
func (d *daemon) told() func(string, []klaxon.Record) {
	if d.drills.Drills == nil {
		return nil
	}
	return d.drills.Told
}

// freshDrill has the detector forget what drills did before.
func (d *daemon) freshDrill(ctx context.Context) error {
	var salt [8]byte
	rand.Read(salt[:]) // never fails, see crypto/rand
	return d.watch.Ask(ctx, func(det *detect.Detector) { det.BeginDrill(binary.BigEndian.Uint64(salt[:])) })
}

// post is where a trap is touched through loopback.
type post struct {
	addr     netip.Addr
	tcp, udp uint16 // 0 for none
}

// posts finds a trap of each transport that loopback reaches, for each family.
func (d *daemon) posts() (list []post) {
	var first post // the services are the same for both: seals are looked for by them
	for _, loopback := range []netip.Addr{netip.MustParseAddr("127.0.0.1"), netip.IPv6Loopback()} {
		if p := postOf(d.traps.Status(), loopback, first); p.tcp != 0 || p.udp != 0 {
			list = append(list, p)
			first = list[0]
		}
	}
	return list
}

func postOf(status []listen.Status, loopback netip.Addr, like post) (p post) {
	for _, s := range status {
		if s.State != listen.StateArmed || s.Port == portIdent || s.Addr.Is4() != loopback.Is4() || s.Addr.Zone() != "" {
			continue
		}
		addr := s.Addr
		if addr.IsUnspecified() {
			addr = loopback
		}
		if p.addr.IsValid() && p.addr != addr {
			continue
		}
		switch {
		case s.Transport == klaxon.TCP && p.tcp == 0 && (like.tcp == 0 || like.tcp == s.Port):
			p.tcp, p.addr = s.Port, addr
		case s.Transport == klaxon.UDP && p.udp == 0 && (like.udp == 0 || like.udp == s.Port):
			p.udp, p.addr = s.Port, addr
		}
	}
	return p
}

// source is the address that a probe comes from: of 127.0.0.0/8 one that nothing
// else uses, else that of the trap.
func (p *post) source() netip.Addr {
	if !p.addr.Is4() || !p.addr.IsLoopback() {
		return p.addr
	}
	var b [3]byte
	rand.Read(b[:]) // never fails, see crypto/rand
	return netip.AddrFrom4([4]byte{127, 128 | b[0], b[1], 1 + b[2]%254})
}

// drillHere plans a drill through loopback.
func (d *daemon) drillHere() (p drill.Plan, posts []post, err error) {
	if d.passive() {
		return p, nil, control.Refuse(control.ErrUnavailable, `mode = "passive" sends nothing: drill from another host, see klaxonctl drill -h`)
	}
	if posts = d.posts(); len(posts) == 0 {
		return p, nil, control.Refuse(control.ErrUnavailable, "no trap is armed that loopback reaches: drill from another host, see klaxonctl drill -h")
	}
	p.Secret = drill.NewSecret()
	for _, at := range posts {
		p.TCP, p.UDP = max(p.TCP, at.tcp), max(p.UDP, at.udp)
	}
	for i := range posts {
		for k := range drill.Kinds() {
			p.Events = append(p.Events, drill.Event{Kind: k, V6: posts[i].addr.Is6(), Skipped: d.cannot(k, &posts[i])})
		}
	}
	return p, posts, nil
}

// cannot says why a kind of probe is not sent, "" if it is.
func (d *daemon) cannot(k drill.Kind, at *post) string {
	switch {
	case k == drill.Datagram && at.udp == 0:
		return "no UDP trap is armed"
	case k != drill.Datagram && at.tcp == 0:
		return "no TCP trap is armed"
	case k.Raw() && d.drills.raw == nil:
		return d.drills.rawless
	}
	return ""
}

// send sends the probes of a plan.
func (d *daemon) send(p *drill.Plan, posts []post) {
	for i := range posts {
		at := &posts[i]
		for _, e := range p.Events {
			if e.V6 != at.addr.Is6() || e.Skipped != "" {
				continue
			}
			if err := d.sendOne(e.Kind, &p.Secret, at); err != nil {
				d.drills.Skip(e.Kind, e.V6, err.Error())
			}
		}
	}
}

func (d *daemon) sendOne(k drill.Kind, s *drill.Secret, at *post) error {
	about := func(f drill.Flow) { d.drills.Sent(k, f) }
	from, to := at.source(), netip.AddrPortFrom(at.addr, at.tcp)
	switch {
	case k == drill.Datagram:
		return probe.Datagram(s, from, netip.AddrPortFrom(at.addr, at.udp), drill.Announcement{}, 1, about)
	case k.Raw():
		return d.drills.raw.Send(k, s, from, to, about)
	}
	c, err := probe.NewConnection(from, to)
	if err != nil {
		return err
	}
	about(c.Flow())
	return c.Make(connectWait)
}

var _ control.Driller = (*desk)(nil)

// Drill implements control.Driller.
func (k *desk) Drill(ctx context.Context, o control.DrillOrder) (control.Drill, error) {
	d := k.d
	if d.drills.Drills == nil {
		return control.Drill{}, control.Refuse(control.ErrUnavailable, "drill.enabled = false")
	}
	wait := time.Duration(o.For)
	if wait < 0 || wait > drillMost {
		return control.Drill{}, control.Refuse(control.ErrInvalid, "a drill takes at most %v", drillMost)
	}
	var plan drill.Plan
	var posts []post
	var err error
	var code string
	if o.Elsewhere {
		plan, code = d.drillElsewhere()
	} else if plan, posts, err = d.drillHere(); err != nil {
		return control.Drill{}, err
	}
	id, err := d.beginDrill(ctx, plan)
	if err != nil {
		return control.Drill{}, err
	}
	if err := d.freshDrill(ctx); err != nil {
		d.drills.End(id)
		return control.Drill{}, err
	}
	arrive := drill.DefaultWait
	switch {
	case o.Elsewhere && wait == 0:
		wait = elsewhereWait
	case !o.Elsewhere && wait > 0:
		arrive = wait
	}
	k.mu.Lock()
	d.drills.orders = map[string]*order{id: {}}
	k.mu.Unlock()
	go k.conduct(id, plan, posts, wait, arrive)
	report, err := k.Drilled(ctx, id)
	report.Code = code
	return report, err
}

// beginDrill waits for a self-test to end, which takes no time where all is well.
func (d *daemon) beginDrill(ctx context.Context, plan drill.Plan) (id string, err error) {
	ctx, cancel := context.WithTimeout(ctx, selfTestWait+time.Second)
	defer cancel()
	for {
		if id, err = d.drills.Begin(plan); !errors.Is(err, drill.ErrBusy) {
			return id, err
		}
		if !rest(ctx, drillLook) {
			return "", control.Refuse(control.ErrUnavailable, "%v", err)
		}
	}
}

// drillElsewhere plans a drill that another host sends.
func (d *daemon) drillElsewhere() (p drill.Plan, code string) {
	p = drill.Plan{Secret: drill.NewSecret(), TCP: 1, UDP: 9} // where no trap is: on the wire any service will do
	for _, s := range d.traps.Status() {
		if s.State != listen.StateArmed || s.Port == portIdent {
			continue
		}
		switch {
		case s.Transport == klaxon.TCP && p.TCP == 1:
			p.TCP = s.Port
		case s.Transport == klaxon.UDP && p.UDP == 9:
			p.UDP = s.Port
		}
	}
	return p, drill.Code{Secret: p.Secret, TCP: p.TCP, UDP: p.UDP}.String()
}

// conduct sends a drill's probes or waits for another host to, waits until all have
// arrived, and tells its end.
func (k *desk) conduct(id string, plan drill.Plan, posts []post, wait, arrive time.Duration) {
	d := k.d
	defer d.drills.End(id)
	if len(plan.Events) == 0 {
		ctx, cancel := context.WithTimeout(d.drills.ctx, wait)
		defer cancel()
		for rest(ctx, drillLook) && !k.begun(id) {
		}
	}
	ctx, cancel := context.WithTimeout(d.drills.ctx, arrive)
	defer cancel()
	d.send(&plan, posts)
	for k.begun(id) && rest(ctx, drillLook) && !k.arrived(id) {
	}
	k.tellDrill(id)
	ctx, cancel = context.WithTimeout(d.drills.ctx, noticeWait)
	defer cancel()
	for rest(ctx, drillLook) && !k.noticed(id) {
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if o := d.drills.orders[id]; o != nil {
		o.done = true
	}
}

// rest waits, and is false when ctx ends first.
func rest(ctx context.Context, t time.Duration) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(t):
		return true
	}
}

// begun tells whether there is anything to wait for.
func (k *desk) begun(id string) bool {
	r, ok := k.d.drills.Report(id)
	return ok && len(r.Events) > 0
}

// arrived tells whether nothing more is to come: every probe rang, and every output
// that keeps has it.
func (k *desk) arrived(id string) bool {
	r, ok := k.d.drills.Report(id)
	return ok && len(r.Events) > 0 && k.missing(&r) == 0
}

// missing counts the probes that did not get everywhere.
func (k *desk) missing(r *drill.Report) (n int) {
	keepers := k.keepers()
	for i := range r.Events {
		e := &r.Events[i]
		if e.Skipped != "" {
			continue
		}
		if !e.Rang() || slices.ContainsFunc(keepers, func(o string) bool { _, took := e.Took(o); return !took }) {
			n++
		}
	}
	return n
}

// keepers are the outputs that take every event; all take the record of the end.
func (k *desk) keepers() (list []string) {
	for _, o := range k.d.sinks {
		if o.Keep && o.Sink.Name() != control.HubName {
			list = append(list, o.Sink.Name())
		}
	}
	return list
}

func (k *desk) noticed(id string) bool {
	r, ok := k.d.drills.Report(id)
	return ok && !slices.ContainsFunc(k.d.sinks, func(o pipeline.Output) bool {
		_, took := r.Notices[o.Sink.Name()]
		return !took && o.Sink.Name() != control.HubName
	})
}

// tellDrill makes the record of a drill's end, which is all that people read of it.
func (k *desk) tellDrill(id string) {
	r, _ := k.d.drills.Report(id)
	sent := 0
	for i := range r.Events {
		if r.Events[i].Skipped == "" {
			sent++
		}
	}
	missing := k.missing(&r)
	text := fmt.Sprintf("fire drill %s: all of %d probes arrived", id, sent)
	switch {
	case sent == 0:
		text = fmt.Sprintf("fire drill %s: no probe came", id)
	case missing > 0:
		text = fmt.Sprintf("fire drill %s: %d of %d probes did not arrive everywhere", id, missing, sent)
	}
	k.d.pipe.Health(klaxon.Health{What: klaxon.HealthTest, Since: r.Begun, Count: uint64(sent), Detail: text})
}

// Drilled implements control.Driller.
func (k *desk) Drilled(_ context.Context, id string) (control.Drill, error) {
	if k.d.drills.Drills == nil {
		return control.Drill{}, control.Refuse(control.ErrUnavailable, "drill.enabled = false")
	}
	r, ok := k.d.drills.Report(id)
	if !ok {
		return control.Drill{}, control.Refuse(control.ErrNotFound, "there is no drill of that name, or another came after it")
	}
	k.mu.Lock()
	o := k.d.drills.orders[id]
	done := o != nil && o.done
	k.mu.Unlock()
	out := control.Drill{ID: id, Begun: r.Begun.UTC(), Done: done, Keepers: k.keepers()}
	out.Good = k.missing(&r) == 0 && k.noticed(id) && slices.ContainsFunc(r.Events, func(e drill.Event) bool { return e.Skipped == "" })
	for i := range r.Events {
		out.Events = append(out.Events, eventOf(&r.Events[i], out.Keepers))
	}
	for _, s := range k.d.sinks {
		if name := s.Sink.Name(); name != control.HubName {
			out.Notices = append(out.Notices, control.DrillNotice{Output: name, Arrived: moment(r.Notices[name])})
		}
	}
	return out, nil
}

func eventOf(e *drill.Event, keepers []string) control.DrillEvent {
	family := " IPv4"
	if e.V6 {
		family = " IPv6"
	}
	out := control.DrillEvent{
		Name: e.Kind.String() + family, Skipped: text(e.Skipped), Rang: e.Rang(), Alarm: e.Alarm, Touched: e.Trap,
		Sent: moment(e.Sent), Seen: moment(e.Seen), Found: moment(e.Found), Arrived: map[string]time.Time{},
	}
	if e.Flow.Target.IsValid() {
		out.Source, out.Target = e.Flow.Source.String(), e.Flow.Target.String()
	}
	for _, t := range e.As {
		out.Technique = append(out.Technique, string(t))
	}
	for _, o := range keepers {
		if at, ok := e.Took(o); ok {
			out.Arrived[o] = at.UTC()
		}
	}
	return out
}
