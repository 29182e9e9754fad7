package drill

import (
	"encoding/hex"
	"errors"
	"iter"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"klaxon"
)

// Plan is what a drill is to be.
type Plan struct {
	Secret   Secret
	TCP, UDP uint16  // the services that it touches; 0 for none
	Events   []Event // with their Kind, V6, and Skipped where they cannot be; none: as announced
	Silent   bool    // a self-test: no record is made of it

	// Until is how long somebody may hold the code of a drill. Until then its probes
	// are known though it is over: whoever sends them late pages nobody.
	Until time.Time
}

// Drills knows the probes of the drill that is on, and notes how far they come. Its
// methods are safe for concurrent use, and cost next to nothing while none is on.
type Drills struct {
	now func() time.Time
	on  atomic.Bool // probes are to be known

	mu     sync.Mutex
	run    *run
	past   *run     // the drill before run that was no self-test; nil for none
	silent []string // alarms of self-tests, the newest last
}

// run is one drill.
type run struct {
	Plan
	id      string
	begun   time.Time
	over    bool
	until   time.Time // of one that is over: its probes are known until then
	events  []*Event
	flows   map[Flow]int  // to the event's place
	due     map[Flow]bool // connections that were announced since it was over, and have not begun
	touched map[Flow]bool // connections whose one touch came
	notices map[string]time.Time
}

// New returns Drills of which none is on. now is nil for time.Now.
func New(now func() time.Time) *Drills {
	if now == nil {
		now = time.Now
	}
	return &Drills{now: now}
}

// ErrBusy says that there is a drill already.
var ErrBusy = errors.New("there is a drill already: wait for its end")

// Begin begins a drill, and returns its name. Its probes are known from then on. A
// self-test may come while a drill waits for another host: that shows nothing yet.
func (d *Drills) Begin(p Plan) (id string, err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.run != nil && !d.run.over && (!p.Silent || !d.run.waits()) {
		return "", ErrBusy
	}
	name := NewSecret()
	r := &run{Plan: p, id: hex.EncodeToString(name[:4]), begun: d.now(), flows: map[Flow]int{}, due: map[Flow]bool{}, touched: map[Flow]bool{}, notices: map[string]time.Time{}}
	for _, e := range p.Events {
		r.add(e)
	}
	if d.run != nil && !d.run.Silent {
		d.past = d.run
	}
	d.run = r
	d.on.Store(true)
	return r.id, nil
}

// End ends a drill. Its last packets are known for a while.
func (d *Drills) End(id string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	r := d.run
	if r == nil || r.id != id {
		r = d.past
	}
	if r == nil || r.id != id || r.over {
		return
	}
	if r.Silent && d.past != nil && !d.past.over {
		d.run, d.past = d.past, r // the drill that waited goes on
	}
	now := d.now()
	r.over, r.until = true, now.Add(lingers)
	if r.Until.After(r.until) {
		r.until = r.Until
	}
	time.AfterFunc(r.until.Sub(now), func() {
		d.mu.Lock()
		defer d.mu.Unlock()
		d.on.Store(d.knows(d.run) || d.knows(d.past))
	})
}

// waits tells whether nothing of a drill has come yet that another host sends.
func (r *run) waits() bool { return len(r.Events) == 0 && len(r.events) == 0 }

// knows tells whether the probes of a drill are known.
func (d *Drills) knows(r *run) bool {
	return r != nil && (!r.over || d.now().Before(r.until))
}

// runs yields the drills whose probes are known, the newest first.
func (d *Drills) runs() iter.Seq[*run] {
	return func(yield func(*run) bool) {
		for _, r := range []*run{d.run, d.past} {
			if d.knows(r) && !yield(r) {
				return
			}
		}
	}
}

func (r *run) add(e Event) int {
	e.Touches, e.Alarms = map[string]time.Time{}, map[string]time.Time{}
	r.events = append(r.events, &e)
	return len(r.events) - 1
}

// event returns the place of the event of a kind, which another host may send
// before it is announced; -1 where there is none and no room.
func (r *run) event(k Kind, v6 bool) int {
	n := slices.IndexFunc(r.events, func(e *Event) bool { return e.Kind == k && e.V6 == v6 })
	if n < 0 && len(r.Events) == 0 && len(r.events) < eventsMax {
		n = r.add(Event{Kind: k, V6: v6})
	}
	return n
}

// know notes the ends of an event.
func (r *run) know(f Flow, n int) {
	if len(r.flows) < flowsMax {
		r.flows[f] = n
		if r.over {
			r.due[f] = true
		}
		r.events[n].Flow = f
	}
}

// Sent notes that a probe of our own is about to be sent. Of a connection that is
// how it is known: nobody else can have these ends while its socket is there.
func (d *Drills) Sent(k Kind, f Flow) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.run == nil {
		return
	}
	v6 := f.Target.Addr().Is6()
	if n := d.run.event(k, v6); n >= 0 {
		d.run.events[n].Sent = d.now()
		d.run.know(f, n)
	}
}

// Skip notes that a probe could not be sent.
func (d *Drills) Skip(k Kind, v6 bool, why string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.run == nil {
		return
	}
	if n := d.run.event(k, v6); n >= 0 {
		d.run.events[n].Skipped = why
	}
}

// Report is how far a drill has come.
type Report struct {
	ID      string
	Begun   time.Time
	Events  []Event
	Notices map[string]time.Time // outputs that took the record of its end
}

// Report tells how far a drill has come, false of one that is not known any more.
func (d *Drills) Report(id string) (out Report, ok bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	r := d.run
	if r == nil || r.id != id {
		r = d.past // a self-test may have come between
	}
	if r == nil || r.id != id {
		return out, false
	}
	out = Report{ID: r.id, Begun: r.begun, Notices: map[string]time.Time{}}
	for _, e := range r.events {
		out.Events = append(out.Events, e.clone())
	}
	for output, at := range r.notices {
		out.Notices[output] = at
	}
	return out, true
}

// marked tells what a record of a drill is marked with.
func marked(list []klaxon.Mark) bool { return slices.Contains(list, klaxon.MarkDrill) }
