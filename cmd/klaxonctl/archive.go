package main

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"os"

	"klaxon/internal/config"
	"klaxon/internal/control"
	"klaxon/internal/store"
)

// archive is who answers what is kept: a klaxond that runs, or else its store.
type archive interface {
	Records(context.Context, store.Filter) iter.Seq2[[]byte, error]
	Alarm(ctx context.Context, id string) (control.Kept, error)
	Evidence(ctx context.Context, id string) ([]byte, error)
}

var (
	_ archive = (*control.Client)(nil)
	_ archive = offline{}
)

// offline answers from the store of a klaxond that does not run.
type offline struct {
	store.Reader
	path, sensor string
}

// openOffline opens the store that the configuration names, as far as this user may
// read it; false when there is nothing to read.
func openOffline() (offline, func() error, bool) {
	c, _, err := config.Load("", config.PathsFor(os.Geteuid(), os.Getenv), func([]string) error { return nil })
	if err != nil {
		return offline{}, nil, false // klaxond would not have started with it
	}
	f, err := os.Open(c.Store.Path)
	if err != nil {
		return offline{}, nil, false
	}
	f.Close()
	s, err := openStore(c.Store.Path)
	if err != nil {
		return offline{}, nil, false
	}
	r, ok := s.(store.Reader)
	return offline{r, c.Store.Path, c.Sensor}, s.Close, ok
}

// Records implements archive.
func (o offline) Records(ctx context.Context, f store.Filter) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		for rec, err := range store.All(ctx, o.Reader, f) {
			if !yield(rec.Line, err) {
				return
			}
		}
	}
}

// Alarm implements archive.
func (o offline) Alarm(ctx context.Context, id string) (k control.Kept, err error) {
	a, err := o.Reader.Alarm(ctx, id)
	if err != nil {
		return k, absent(err, id)
	}
	k.More, k.Evidence = a.More, a.Evidence
	for i := range a.Records {
		k.Lines = append(k.Lines, a.Records[i].Line)
	}
	return k, nil
}

// Evidence implements archive.
func (o offline) Evidence(ctx context.Context, id string) ([]byte, error) {
	data, err := o.Reader.Evidence(ctx, id)
	return data, absent(err, id)
}

// absent says what is not kept as klaxond does.
func absent(err error, id string) error {
	if errors.Is(err, store.ErrNotFound) {
		return control.Refuse(control.ErrNotFound, "nothing is kept of %s", id)
	}
	return err
}

// keep chooses who answers: the store where klaxond does not run, this user may read
// it, and no other klaxond was named.
func (q *question) keep(socket string) (done func()) {
	q.kept, done = q.client, func() {}
	if socket != "" || control.Alive(socketOf("")) {
		return done
	}
	o, end, ok := openOffline()
	if !ok {
		return done
	}
	q.kept, q.stopped = o, &o
	q.note("klaxond does not run; this is what its store has: %s", o.path)
	return func() {
		if err := end(); err != nil {
			q.note("close %s: %v", o.path, err)
		}
	}
}

// standing is how klaxond is, as far as its store tells of one that does not run.
func (q *question) standing() (control.Status, error) {
	if q.stopped == nil {
		return q.client.Status(q.ctx)
	}
	st, err := q.stopped.Stats(q.ctx)
	if err != nil {
		return control.Status{}, fmt.Errorf("read %s: %w", q.stopped.path, err)
	}
	s := control.Status{Sensor: safe(q.stopped.sensor, 128), Boot: noBoot, Trouble: []string{"klaxond does not run"}}
	if !st.Oldest.IsZero() {
		s.Store = &control.Store{Oldest: &st.Oldest}
	}
	return s, nil
}

// noBoot is the run of a klaxond that does not run: whatever is open was cut off.
const noBoot = "none"
