package pipeline

import (
	"slices"
	"sync"

	"klaxon"
)

// intake is where watchers, the detector and sinks leave what they have to say.
// Putting never blocks; what does not fit is counted. Safe for concurrent use.
type intake struct {
	mu      sync.Mutex
	waiting load
	offered [2]uint64 // touches and alarms ever offered
	drills  [2]uint64 // of these, that were part of fire drills, and not dropped
	wake    chan struct{}
}

// load is what waits at the intake, and what did not fit since the last take.
type load struct {
	touches []*klaxon.Touch
	alarms  []*klaxon.Alarm
	health  []klaxon.Health
	dropped [2]uint64
}

// What is counted apart.
const (
	touches = 0
	alarms  = 1
)

func newIntake() *intake { return &intake{wake: make(chan struct{}, 1)} }

// touch copies t, with the payload sample, which the watcher will reuse.
func (in *intake) touch(t *klaxon.Touch) {
	in.mu.Lock()
	w := &in.waiting
	in.offered[touches]++
	if len(w.touches) >= intakeCap {
		w.dropped[touches]++
	} else {
		own := *t
		if t.Payload != nil {
			p := *t.Payload
			p.Sample = slices.Clone(p.Sample)
			own.Payload = &p
		}
		w.touches = append(w.touches, &own)
		in.drilled(touches, t.Marks)
	}
	in.mu.Unlock()
	in.signal()
}

func (in *intake) alarm(a *klaxon.Alarm) {
	in.mu.Lock()
	in.offered[alarms]++
	if len(in.waiting.alarms) >= alarmCap {
		in.waiting.dropped[alarms]++
	} else {
		in.waiting.alarms = append(in.waiting.alarms, a)
		in.drilled(alarms, a.Marks)
	}
	in.mu.Unlock()
	in.signal()
}

// drilled counts what nobody did in earnest. The caller has the lock.
func (in *intake) drilled(kind int, marks []klaxon.Mark) {
	if slices.Contains(marks, klaxon.MarkDrill) {
		in.drills[kind]++
	}
}

func (in *intake) state(h klaxon.Health) {
	in.mu.Lock()
	in.waiting.say(h)
	in.mu.Unlock()
	in.signal()
}

// say adds a statement, to one of its kind when there are too many: its count must
// not be lost, for it tells of a gap.
func (l *load) say(h klaxon.Health) {
	if len(l.health) < healthCap {
		l.health = append(l.health, h)
		return
	}
	same := func(x klaxon.Health) bool { return x.What == h.What && x.Output == h.Output }
	if i := slices.IndexFunc(l.health, same); i >= 0 {
		l.health[i].Count += h.Count
	}
}

func (in *intake) signal() {
	select {
	case in.wake <- struct{}{}:
	default:
	}
}

// take hands over everything that waits. The slices are the caller's.
func (in *intake) take() load {
	in.mu.Lock()
	defer in.mu.Unlock()
	all := in.waiting
	// The next batch is likely as large as this one.
	in.waiting = load{touches: make([]*klaxon.Touch, 0, min(len(all.touches), 1024))}
	return all
}

// total returns how many touches and alarms were ever offered, and how many of them
// were part of fire drills.
func (in *intake) total() (offered, drills [2]uint64) {
	in.mu.Lock()
	defer in.mu.Unlock()
	return in.offered, in.drills
}
