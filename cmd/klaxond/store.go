package main

import (
	"context"
	"os"
	"sync"
	"time"

	"klaxon"
	"klaxon/internal/chain"
	"klaxon/internal/pipeline"
	"klaxon/internal/sandbox"
	"klaxon/internal/store/sqlite"
	"klaxon/internal/syslog"
)

// anchorEvery is how often the heads of the chains go to syslog: what is newer
// can be changed by an intruder without a trace. pruneEvery is how often limits
// are looked at; in a flood the store does so itself.
const (
	anchorEvery = 10 * time.Second
	pruneEvery  = time.Minute
)

// commitPace is the least time between two commits of few records. Nobody waits
// for them but a queue of 32,768, which holds more than half a second of the worst.
const commitPace = 50 * time.Millisecond

// keeper tends the store.
type keeper struct {
	*sqlite.Store
	log   *chain.Log // nil when syslog is no output
	owing []*arrears // of outputs; set before the first record

	mu     sync.Mutex
	pipe   *pipeline.Pipeline // nil until there is one
	untold []klaxon.Health    // what was said before
}

// openStore opens the store as a record sink. One that cannot be opened is told
// and tried again with each batch: the traps matter more. One that another klaxond
// has is an error.
func (d *daemon) openStore(user sandbox.Identity) error {
	cfg := d.cfg.Store
	if !cfg.Enabled {
		return nil
	}
	k := &keeper{}
	o := sqlite.Options{Path: cfg.Path, MaxBytes: cfg.MaxSize, MaxAge: cfg.MaxAge, UID: -1, GID: -1, Pace: commitPace, Tell: k.tell, Announce: k.announce}
	if os.Geteuid() == 0 {
		o.UID, o.GID = user.UID, user.GID
	}
	if d.cfg.Output.Syslog {
		// A daemon that is not there yet was told of when the output was opened.
		log, _ := syslog.Open("klaxon")
		k.log = chain.NewLog(func(line string) error { return log.Write(syslog.Info, time.Now(), []byte(line)) })
	}
	s, err := sqlite.Open(o)
	if err != nil && !busy(err) {
		d.say("nothing is kept for klaxonctl until this is mended: %v", err)
		d.unkept, err = true, nil
	}
	if s == nil {
		return err
	}
	k.Store = s
	d.keeper = k
	// It is the last: what a record is owed to is known when the store takes it.
	d.sinks = append(d.sinks, pipeline.Output{Sink: k, Keep: true})
	return err
}

// Emit implements klaxon.Sink: what outputs owe of a batch is safe before the batch
// is, so that a record of the store is delivered or owed, whatever happens.
func (k *keeper) Emit(batch []klaxon.Record) (int, error) {
	var all sync.WaitGroup
	for _, a := range k.owing {
		all.Go(a.flush)
	}
	all.Wait()
	return k.Store.Emit(batch)
}

// tell passes on what the store says of itself, once there is where to.
func (k *keeper) tell(h klaxon.Health) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.pipe == nil {
		k.untold = append(k.untold, h)
		return
	}
	k.pipe.Health(h)
}

// joinStore names the pipeline that takes what the store says, and writes where the
// chains stand as it begins.
func (d *daemon) joinStore() {
	k := d.keeper
	if k == nil {
		return
	}
	k.anchor() // so that what this process announces stands beside an anchor of its own
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, h := range k.untold {
		d.pipe.Health(h)
	}
	k.pipe, k.untold = d.pipe, nil
}

// tendStore anchors and prunes until ctx ends, which is after the last record.
func (d *daemon) tendStore(ctx context.Context) {
	k := d.keeper
	if k == nil {
		return
	}
	anchor, prune := time.NewTicker(anchorEvery), time.NewTicker(pruneEvery)
	defer anchor.Stop()
	defer prune.Stop()
	for {
		select {
		case <-ctx.Done():
			k.anchor()
			return
		case <-anchor.C:
			k.anchor()
		case <-prune.C:
			// An error is in the next answer of Emit as well, and told there.
			_, _ = k.Prune(ctx)
		}
	}
}

// announce writes to syslog what the store is about to forget.
func (k *keeper) announce(a chain.Anchor) bool { return k.log != nil && k.log.Announce(a) }

// anchor writes the heads of the chains to syslog.
func (k *keeper) anchor() {
	if k.log != nil {
		k.log.Anchor(k.Heads)
	}
}
