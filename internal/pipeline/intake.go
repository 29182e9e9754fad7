package pipeline

import (
	"slices"
	"sync"

	"klaxon"
)

// intake is where watchers and sinks leave what they have to say. Putting
// never blocks; what does not fit is counted. Safe for concurrent use.
type intake struct {
	mu      sync.Mutex
	touches []klaxon.Touch
	health  []klaxon.Health
	dropped uint64 // touches that did not fit since the last take
	total   uint64 // touches ever offered
	wake    chan struct{}
}

func newIntake() *intake { return &intake{wake: make(chan struct{}, 1)} }

// touch copies t, with the payload sample, which the watcher will reuse.
func (in *intake) touch(t *klaxon.Touch) {
	in.mu.Lock()
	in.total++
	if len(in.touches) >= intakeCap {
		in.dropped++
	} else {
		in.touches = append(in.touches, *t)
		if t.Payload != nil {
			p := *t.Payload
			p.Sample = slices.Clone(p.Sample)
			in.touches[len(in.touches)-1].Payload = &p
		}
	}
	in.mu.Unlock()
	in.signal()
}

func (in *intake) state(h klaxon.Health) {
	in.mu.Lock()
	if len(in.health) < healthCap {
		in.health = append(in.health, h)
	}
	in.mu.Unlock()
	in.signal()
}

func (in *intake) signal() {
	select {
	case in.wake <- struct{}{}:
	default:
	}
}

// take hands over everything that waits. The slices are the caller's.
func (in *intake) take() (touches []klaxon.Touch, health []klaxon.Health, dropped uint64) {
	in.mu.Lock()
	defer in.mu.Unlock()
	touches, health, dropped = in.touches, in.health, in.dropped
	// The next batch is likely as large as this one.
	in.touches, in.health, in.dropped = make([]klaxon.Touch, 0, min(len(touches), 1024)), nil, 0
	return touches, health, dropped
}

func (in *intake) offered() uint64 {
	in.mu.Lock()
	defer in.mu.Unlock()
	return in.total
}
