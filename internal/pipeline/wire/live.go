package wire

import (
	"context"
	"slices"
	"time"

	"klaxon/internal/watch/capture"
)

// Capturer is a live capture, as package packet makes it.
type Capturer interface {
	Interfaces() []capture.Interface
	Next(wait time.Duration) (capture.Frame, error) // merged by time
	Now() int64                                     // no later frame is older
	Drops(iface int) uint64
}

// Live is a live capture as a source.
type Live struct {
	c      Capturer
	goOn   func(error) bool
	ifaces []capture.Interface
	tick   int64 // when the detector heard of the time last
	poll   int64 // when the kernel was asked for losses last
}

// NewLive makes a source of c. goOn tells of an error of Next whether to go on:
// it may be that nothing came.
func NewLive(c Capturer, goOn func(error) bool) *Live {
	l := &Live{c: c, goOn: goOn}
	for _, in := range c.Interfaces() {
		l.ifaces = append(l.ifaces, in.Kept())
	}
	return l
}

func (l *Live) interfaces() []capture.Interface { return slices.Clone(l.ifaces) }

func (l *Live) alone() bool { return len(l.ifaces) == 1 }

func (l *Live) run(ctx context.Context, feed *feed) error {
	defer l.last(feed)
	for ctx.Err() == nil {
		frame, err := l.c.Next(tickEvery)
		switch {
		case err == nil:
			feed.frame(&frame)
			if feed.now-l.tick < int64(tickEvery) {
				continue
			}
		case !l.goOn(err):
			return err
		}
		l.tell(feed)
	}
	l.drain(feed, time.Now().UnixNano())
	return nil
}

// drain takes what came before stop and still lies in the ring.
func (l *Live) drain(feed *feed, stop int64) {
	for {
		frame, err := l.c.Next(tickEvery)
		if err != nil || frame.Time > stop {
			return
		}
		feed.frame(&frame)
	}
}

// tell hands over what there is, with the time and what was lost.
func (l *Live) tell(feed *feed) {
	feed.watchClock()
	feed.reach(feed.time(l.c.Now()))
	l.tick = feed.now
	if feed.now-l.poll >= int64(pollEvery) {
		l.poll = feed.now
		if feed.losses.due(l.c.Drops, len(l.ifaces)) {
			for i := range l.ifaces {
				feed.lost(i, l.c.Drops(i))
			}
		}
		feed.record.flush()
	}
	feed.flush()
}

// last tells for the last time.
func (l *Live) last(feed *feed) {
	feed.advance(feed.time(l.c.Now()))
	for i := range l.ifaces {
		l.ifaces[i].Drops = l.c.Drops(i)
	}
}
