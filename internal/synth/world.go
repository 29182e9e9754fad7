package synth

import (
	"container/heap"
	"math/rand/v2"
	"net/netip"
	"time"

	"klaxon/internal/decode"
	"klaxon/internal/watch/capture"
)

// World is a network with its clock. It belongs to one goroutine. Use New.
type World struct {
	rng   *rand.Rand
	now   int64
	queue events
	order uint64
	sink  func(capture.Frame)
	hosts map[netip.Addr]*Host
	lans  []*LAN
	taps  []Tap
	macs  uint32
	spare [][]byte // buffers of frames that are out

	// Hide, if set, tells which packets never reach the sensor. Whoever they go
	// to gets them all the same.
	Hide func(*Packet) bool
}

// Begin is when every story begins.
var Begin = time.Date(2025, 3, 4, 5, 6, 7, 0, time.UTC)

// New makes a network without hosts that is seen by one Ethernet interface. The
// data of a frame is valid until sink returns.
func New(seed uint64, sink func(capture.Frame)) *World {
	return &World{
		rng: rand.New(rand.NewPCG(seed, 0x6b6c61786f6e)), now: Begin.UnixNano(), sink: sink,
		hosts: make(map[netip.Addr]*Host), taps: []Tap{{Link: decode.LinkEthernet}},
	}
}

// Record plays a story to its end and returns all of its frames.
func Record(seed uint64, story func(*World)) (frames []capture.Frame) {
	w := New(seed, func(f capture.Frame) {
		f.Data = append([]byte(nil), f.Data...)
		frames = append(frames, f)
	})
	story(w)
	w.Finish()
	return frames
}

// event is something that happens at a time: a frame is seen, or do is done.
type event struct {
	at    int64
	order uint64
	do    func()
	frame capture.Frame
}

type events []event

func (q events) Len() int { return len(q) }
func (q events) Less(i, j int) bool {
	return q[i].at < q[j].at || q[i].at == q[j].at && q[i].order < q[j].order
}
func (q events) Swap(i, j int) { q[i], q[j] = q[j], q[i] }

// Push is for container/heap.
func (q *events) Push(x any) { *q = append(*q, x.(event)) }

// Pop is for container/heap.
func (q *events) Pop() any {
	last := len(*q) - 1
	x := (*q)[last]
	(*q)[last] = event{}
	*q = (*q)[:last]
	return x
}

func (w *World) plan(e event) {
	w.order++
	e.order = w.order
	heap.Push(&w.queue, e)
}

// Now is the time of the story.
func (w *World) Now() time.Time { return time.Unix(0, w.now).UTC() }

// Wait lets the time d pass.
func (w *World) Wait(d time.Duration) {
	until := w.now + int64(d)
	for len(w.queue) > 0 && w.queue[0].at <= until {
		w.step()
	}
	w.now = max(w.now, until)
}

// Finish lets time pass until nothing is planned any more.
func (w *World) Finish() {
	for len(w.queue) > 0 {
		w.step()
	}
}

func (w *World) step() {
	e := heap.Pop(&w.queue).(event)
	w.now = max(w.now, e.at)
	if e.do != nil {
		e.do()
		return
	}
	w.sink(e.frame)
	w.spare = append(w.spare, e.frame.Data)
}

// After plans something for the time d from now. What it does may Wait; other
// plans that fall into that time are then done first.
func (w *World) After(d time.Duration, do func()) { w.plan(event{at: w.now + int64(d), do: do}) }

// Every plans something n times, the first time now.
func (w *World) Every(d time.Duration, n int, do func()) {
	for i := range n {
		w.After(time.Duration(i)*d, do)
	}
}

// About is a duration around d, by up to a fifth.
func (w *World) About(d time.Duration) time.Duration {
	return d + time.Duration((w.rng.Float64()-.5)*.4*float64(d))
}

// Rand is the story's source of chance.
func (w *World) Rand() *rand.Rand { return w.rng }

func (w *World) u16() uint16 { return uint16(w.rng.Uint32()) }
func (w *World) u32() uint32 { return w.rng.Uint32() }

// between is a number from a to b, both included.
func (w *World) between(a, b int) int { return a + w.rng.IntN(b-a+1) }
