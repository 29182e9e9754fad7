package drill

import (
	"bytes"
	"slices"
	"time"

	"klaxon"
	"klaxon/internal/decode"
)

// Packet tells a packet that is part of a drill, and the scope that the detector
// sees it in. frame is what of it was captured.
func (d *Drills) Packet(p *decode.Packet, frame []byte) (scope uint8, ok bool) {
	if !d.on.Load() || p.Kind != decode.KindTCP && p.Kind != decode.KindUDP {
		return 0, false
	}
	f := flowOf(p)
	d.mu.Lock()
	defer d.mu.Unlock()
	for r := range d.runs() {
		if n, answer := r.packet(p, f, frame); n >= 0 {
			if !answer {
				r.see(n, d.now())
			}
			return r.events[n].scope(n), true
		}
	}
	return 0, false
}

// packet returns the place of the event that a packet is of, -1 for none, and whether
// it is an answer.
func (r *run) packet(p *decode.Packet, f Flow, frame []byte) (n int, answer bool) {
	n, ok := r.flows[f]
	switch {
	case ok && r.again(p, f):
		delete(r.flows, f) // its answers are not of the drill, either
	case ok:
		return n, false
	}
	if n, ok = r.flows[f.reversed()]; ok {
		return n, true
	}
	if n = r.sealed(p, f, frame); n >= 0 {
		r.know(f, n)
		delete(r.due, f) // this is it
	}
	return n, false
}

// again tells a connection that begins after the drill: whoever has its ends now is
// somebody else, unless it was announced since and begins for the first time.
func (r *run) again(p *decode.Packet, f Flow) bool {
	if !r.over || p.Kind != decode.KindTCP || p.Flags&decode.Control != decode.SYN {
		return false
	}
	due := r.due[f]
	delete(r.due, f)
	return !due
}

// see notes that an event arrived.
func (r *run) see(n int, now time.Time) {
	if e := r.events[n]; e.Seen.IsZero() {
		e.Seen = now
	}
}

// sealed returns the place of the event that a packet is by its seal, -1 for none.
func (r *run) sealed(p *decode.Packet, f Flow, frame []byte) int {
	switch {
	case p.Kind == decode.KindTCP && f.Target.Port() == r.TCP:
		if k, ok := kindOf(p); ok && r.Secret.segmentIs(k, f, p.Seq) {
			return r.event(k, p.V6)
		}
	case p.Kind == decode.KindUDP && f.Target.Port() == r.UDP && int(p.DataLen) <= textMax:
		at := bytes.Index(frame, []byte(datagramHead))
		if at >= 0 && len(frame)-at >= int(p.DataLen) {
			return r.announced(f, frame[at:at+int(p.DataLen)])
		}
	}
	return -1
}

// announced takes a datagram's text: what it announces, and its own place.
func (r *run) announced(f Flow, text []byte) int {
	a, ok := r.Secret.open(f, text)
	if !ok {
		return -1
	}
	v6 := f.Target.Addr().Is6()
	for k := range kinds {
		if a.Kinds&(1<<k) != 0 {
			r.event(k, v6)
		}
	}
	if n := r.event(Connect, v6); n >= 0 && a.Kinds&(1<<Connect) != 0 {
		for _, c := range a.Connects {
			from, to := f.Source.Addr(), f.Target.Addr()
			r.know(flowBetween(from, c[0], to, c[1]), n)
		}
	}
	return r.event(Datagram, v6)
}

// Touch marks the touch of a trap that is part of a drill, and tells whether it
// is, and whether no record is to be made of it.
func (d *Drills) Touch(t *klaxon.Touch) (ok, silent bool) {
	if !d.on.Load() {
		return false, false
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	for r := range d.runs() {
		n := r.touch(t)
		if n < 0 {
			continue
		}
		r.see(n, d.now())
		r.events[n].Trap = true
		// A new list: the watcher's may be shared.
		t.Marks = append(slices.Clone(t.Marks), klaxon.MarkDrill)
		return true, r.Silent
	}
	return false, false
}

// touch returns the place of the event that a touch is of, -1 for none. A connection
// has one touch: who comes with its ends once more is a stranger.
func (r *run) touch(t *klaxon.Touch) int {
	f := flowOfTouch(t)
	n, ok := r.flows[f]
	if !ok && t.Transport == klaxon.UDP && f.Target.Port() == r.UDP && t.Payload != nil && !t.Payload.Truncated {
		if n = r.announced(f, t.Payload.Sample); n >= 0 {
			r.know(f, n)
			ok = true
		}
	}
	if !ok || (t.Transport == klaxon.UDP) != (r.events[n].Kind == Datagram) || r.touched[f] {
		return -1
	}
	if t.Transport == klaxon.TCP {
		r.touched[f] = true
	}
	return n
}

// Scope is where the detector sees a touch that Touch marked.
func (d *Drills) Scope(t *klaxon.Touch) (scope uint8, ok bool) {
	if !marked(t.Marks) {
		return 0, false
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	for r := range d.runs() {
		if n, ok := r.flows[flowOfTouch(t)]; ok {
			return r.events[n].scope(n), true
		}
	}
	return 0, false
}
