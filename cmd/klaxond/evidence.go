package main

import (
	"bytes"
	"fmt"
	"time"

	"klaxon"
	"klaxon/internal/config"
	"klaxon/internal/decode"
	"klaxon/internal/evidence"
	"klaxon/internal/pipeline/wire"
	"klaxon/internal/track"
	"klaxon/internal/watch/capture"
	"klaxon/internal/watch/packet"
)

// Our own bounds: packets of evidenceQueue alarms wait for the store, 1 MiB.
// What comes beyond that is told once a minute, not kept.
const (
	evidenceQueue  = 64
	evidenceSuffix = ".pcapng"
)

// evidenceOutput stands in health records for the packets of alarms, apart from
// the store's records: those are counted exactly by themselves.
const evidenceOutput = "evidence"

// witness keeps the packets of alarms in the store, by a goroutine of its own:
// the detector never waits for a disk.
type witness struct {
	frames  *evidence.Store
	comment string // at the head of each file: what it takes to replay it
	save    func(alarm string, data []byte) error
	tell    func(klaxon.Health)
	skip    func(*klaxon.Alarm) bool // of which nothing is kept; nil for none
	own     track.OwnCalls           // which are no evidence
	kept    map[string]bool          // open alarms that have packets in the store, or on their way
	queue   chan leaf
	done    chan struct{}
	lost    uint64 // since told
	told    time.Time
}

// leaf is a file on its way.
type leaf struct {
	alarm  string
	ifaces []capture.Interface
	frames []evidence.Frame
}

// startWitness returns nil where there are no packets, or nowhere to keep them.
func (d *daemon) startWitness(seed uint64) *witness {
	if d.live == nil || d.keeper == nil {
		return nil
	}
	comment := wire.Settings{Seed: seed, Sensor: d.cfg.Sensor, Mirrors: len(d.cfg.Wire.Mirrors) > 0, Gateways: packet.Gateways()}.Comment()
	w := &witness{
		frames: evidence.New(seed), own: config.OwnCalls(d.own), comment: comment, save: d.keeper.SaveEvidence, tell: d.pipe.Health,
		kept: make(map[string]bool), queue: make(chan leaf, evidenceQueue), done: make(chan struct{}),
	}
	if d.drills.Drills != nil {
		w.skip = d.drills.SelfTest
	}
	go w.run()
	return w
}

// Packet implements wire.Evidence.
func (w *witness) Packet(p *decode.Packet, f *capture.Frame) {
	if w.own.Has(p) {
		return
	}
	w.frames.Packet(p, &evidence.Frame{At: f.Time, Interface: f.Interface, Length: f.Length, Data: f.Data})
}

// Alarm implements wire.Evidence.
func (w *witness) Alarm(a *klaxon.Alarm, ifaces []capture.Interface) (name string) {
	if w.skip != nil && w.skip(a) {
		return ""
	}
	if frames, _ := w.frames.Alarm(a); len(frames) > 0 {
		select {
		case w.queue <- leaf{a.ID, ifaces, frames}:
			w.kept[a.ID] = true
		default:
			w.lost++
		}
	}
	w.confess(time.Now())
	there := w.kept[a.ID]
	if a.Event == klaxon.EventClose || a.Event == klaxon.EventRetract {
		delete(w.kept, a.ID)
	}
	if !there {
		return ""
	}
	return a.ID + evidenceSuffix
}

// confess tells how many files were lost, at most once a minute.
func (w *witness) confess(now time.Time) {
	if now.Sub(w.told) >= time.Minute {
		w.confessAll(now)
	}
}

func (w *witness) confessAll(now time.Time) {
	if w.lost == 0 {
		return
	}
	w.tell(klaxon.Health{What: klaxon.HealthDrops, Since: w.told, Count: w.lost, Output: evidenceOutput,
		Detail: fmt.Sprintf("the packets of alarms came faster than they could be kept, %d times", w.lost)})
	w.lost, w.told = 0, now
}

func (w *witness) run() {
	defer close(w.done)
	failing := false
	for l := range w.queue {
		data, err := l.file(w.comment)
		if err == nil {
			err = w.save(l.alarm, data)
		}
		if err != nil && !failing {
			w.tell(klaxon.Health{What: klaxon.HealthDisk, Since: time.Now(), Count: 1, Output: evidenceOutput, Detail: err.Error()})
		}
		failing = err != nil
	}
}

// file is the frames as a pcapng file.
func (l *leaf) file(comment string) ([]byte, error) {
	var out bytes.Buffer
	var ifaces []capture.Interface
	for _, in := range l.ifaces {
		in.Drops = 0
		ifaces = append(ifaces, in)
	}
	w, err := capture.NewWriter(&out, ifaces, comment)
	if err != nil {
		return nil, err
	}
	for _, x := range l.frames {
		if err := w.WriteFrame(capture.Frame{Time: x.At, Interface: x.Interface, Length: x.Length, Data: x.Data}); err != nil {
			return nil, err
		}
	}
	err = w.Close()
	return out.Bytes(), err
}

// close waits until all is kept. Nobody may have an alarm any more.
func (w *witness) close() {
	if w == nil {
		return
	}
	close(w.queue)
	<-w.done
	w.confessAll(time.Now())
}
