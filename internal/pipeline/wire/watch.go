package wire

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"sync/atomic"
	"time"

	"klaxon"
	"klaxon/internal/decode"
	"klaxon/internal/pipeline/detect"
	"klaxon/internal/policy"
	"klaxon/internal/track"
	"klaxon/internal/watch/capture"
)

// WatchConfig is what a Watch is made of. Detect and Health are needed; of Detect
// all but Interface and Track.Rows.
type WatchConfig struct {
	Live    *Live          // nil where there is no wire: then touches come alone
	Mirrors bool           // as in Config
	From    []netip.Prefix // likewise
	Detect  detect.Config
	Health  func(klaxon.Health) // must not block

	// Drill, unless nil, tells the packets of a drill, and the scope that they are
	// seen in instead of their interface's. It is called by one goroutine.
	Drill func(p *decode.Packet, frame []byte) (scope uint8, ok bool)

	// Evidence, unless nil, keeps the packets that alarms rest on.
	Evidence Evidence
}

// Watch is the detector of a daemon: packets of the wire and touches of traps,
// merged by time, on one goroutine. Use NewWatch.
type Watch struct {
	cfg      WatchConfig
	run      *run
	clock    *clock // the feeding goroutine's once Run runs
	touches  *touches
	requests chan *request
	done     chan struct{} // Run has returned
}

// NewWatch returns a Watch with all of its memory.
func NewWatch(cfg WatchConfig) *Watch {
	w := &Watch{
		cfg: cfg, run: newRun(runConfig(cfg)), touches: newTouches(),
		requests: make(chan *request, requestsMax), done: make(chan struct{}),
	}
	w.clock = newClock(w.stepped)
	return w
}

func runConfig(cfg WatchConfig) Config {
	c := Config{Detect: cfg.Detect, Evidence: cfg.Evidence}
	if cfg.Live != nil {
		c.Source = cfg.Live
	}
	return c
}

// Prepare calls f with the detector before Run begins.
func (w *Watch) Prepare(f func(*detect.Detector)) { f(w.run.detector) }

// Touch takes one touch and returns at once, false when there is no room for it.
// The touch is shared from then on, and must not change. It is safe for
// concurrent use.
func (w *Watch) Touch(t *klaxon.Touch) bool { return w.touches.put(t) }

// Run judges until ctx ends; then what has come is judged, all alarms are closed,
// and the sum is returned. A wire that is lost ends nothing: touches go on.
func (w *Watch) Run(ctx context.Context) State {
	feed, full, free := newFeed(w.cfg.Evidence != nil)
	feed.decoder, feed.ifaces = decode.Decoder{Mirrors: w.cfg.Mirrors, From: w.cfg.From}, w.interfaces
	feed.touches, feed.clock, feed.drill = w.touches, w.clock, w.cfg.Drill
	go w.feed(ctx, feed)
	for open := true; open; {
		var b *batch
		select {
		case b, open = <-full:
			if open {
				w.run.counts = b.counts
				b.apply(w.run)
				free <- b
			}
		case r := <-w.requests:
			r.answer(w.run)
		}
	}
	close(w.done)
	w.run.detector.Close()
	return w.run.state(w.interfaces())
}

// feed reads the wire while there is one, and then the clock alone.
func (w *Watch) feed(ctx context.Context, f *feed) {
	if w.cfg.Live != nil {
		if err := w.cfg.Live.run(ctx, f); err != nil && ctx.Err() == nil {
			w.cfg.Health(klaxon.Health{What: klaxon.HealthWire, Since: time.Now(), Count: uint64(len(w.interfaces())),
				Detail: fmt.Sprintf("nothing is seen of the wire any more, only of traps: %v", err)})
		}
	}
	_ = ticks{}.run(ctx, f) // ends with ctx, and has no error
	f.finish()
}

func (w *Watch) interfaces() []capture.Interface {
	if w.cfg.Live == nil {
		return nil
	}
	return w.cfg.Live.interfaces()
}

// stepped tells that the wall's clock was set.
func (w *Watch) stepped(by time.Duration) {
	way := "forward"
	if by < 0 {
		way, by = "back", -by
	}
	w.cfg.Health(klaxon.Health{What: klaxon.HealthClock, Since: time.Now(), Count: 1,
		Detail: fmt.Sprintf("the clock was set %s by %v: what is open goes on, in the new time", way, by.Round(time.Millisecond))})
}

// State is what a Watch has come to.
type State struct {
	Counts
	Interfaces []capture.Interface // with what each of them lost, as last told
	Now        time.Time           // the detector's, as the wall says it
	Track      track.Counts
	Alarms     policy.AlarmCounts
	Coverage   track.Coverage
}

// State asks the detector how it is.
func (w *Watch) State(ctx context.Context) (s State, err error) {
	err = w.ask(ctx, func(r *run) { s = r.state(r.ifaces) })
	if err != nil {
		return State{}, err
	}
	return s, nil
}

// Ask calls f on the detector's goroutine, and returns when it is done. After an
// error f has not been called and never will be.
func (w *Watch) Ask(ctx context.Context, f func(*detect.Detector)) error {
	return w.ask(ctx, func(r *run) { f(r.detector) })
}

var (
	errBusy = errors.New("ask the detector: too many questions wait already: ask again in a moment")
	errOver = errors.New("ask the detector: it has stopped")
)

// request is a question on its way to the detector.
type request struct {
	f     func(*run)
	taken atomic.Bool // by the detector, or by an asker who waits no longer
	done  chan struct{}
}

func (r *request) answer(run *run) {
	if r.taken.CompareAndSwap(false, true) {
		r.f(run)
		close(r.done)
	}
}

func (w *Watch) ask(ctx context.Context, f func(*run)) error {
	r := &request{f: f, done: make(chan struct{})}
	select {
	case w.requests <- r:
	default:
		return errBusy
	}
	var err error
	select {
	case <-r.done:
		return nil
	case <-w.done:
		err = errOver
	case <-ctx.Done():
		err = fmt.Errorf("ask the detector: %w", ctx.Err())
	}
	if !r.taken.CompareAndSwap(false, true) {
		<-r.done // it is being answered
		return nil
	}
	return err
}

func (r *run) state(ifaces []capture.Interface) State {
	s := State{Counts: r.counts, Interfaces: slices.Clone(ifaces), Coverage: r.detector.Coverage()}
	for i := range s.Interfaces {
		s.Interfaces[i].Drops = max(s.Interfaces[i].Drops, r.drops.total(i))
	}
	if r.counts.Last != 0 {
		s.Now = time.Unix(0, r.counts.Last-r.shift)
	}
	s.Track, s.Alarms = r.detector.Counts()
	return s
}

// pass gives an alarm on, in the wall's time.
func (r *run) pass(a *klaxon.Alarm) {
	if r.cfg.Evidence != nil {
		a.Evidence = r.cfg.Evidence.Alarm(a, r.ifaces)
	}
	if r.shift != 0 {
		back := time.Duration(-r.shift)
		a.Time, a.First, a.Last = a.Time.Add(back), a.First.Add(back), a.Last.Add(back)
	}
	r.deliver(a)
}
