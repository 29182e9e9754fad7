package main

import (
	"bytes"
	"context"
	"path/filepath"
	"strings"
	"testing"

	"klaxon"
	"klaxon/internal/pipeline/detect"
	"klaxon/internal/pipeline/wire"
	"klaxon/internal/policy"
	"klaxon/internal/store/sqlite"
	"klaxon/internal/track"
)

// thinker is a daemon with a store and a detector, and nothing else.
func thinker(t *testing.T, path string, seed uint64) (d *daemon, said *bytes.Buffer) {
	t.Helper()
	s, err := sqlite.Open(sqlite.Options{Path: path, MaxBytes: 64 << 20, UID: -1, GID: -1, Tell: func(klaxon.Health) {}})
	if err != nil {
		t.Fatal(err)
	}
	said = &bytes.Buffer{}
	d = &daemon{stderr: said, keeper: &keeper{Store: s}}
	d.watch = wire.NewWatch(wire.WatchConfig{Health: func(klaxon.Health) {}, Detect: detect.Config{
		Sensor: "gate", Zone: policy.Zones{}.Of, Emit: func(*klaxon.Alarm) {}, Calm: true,
		Track: track.Config{Memory: track.MinMemory, Seed: seed},
	}})
	d.judging = true
	stop := background(func(ctx context.Context) { d.watch.Run(ctx) })
	t.Cleanup(func() { stop(); s.Close() })
	return d, said
}

func (d *daemon) knows(t *testing.T) (b []byte) {
	t.Helper()
	if err := d.watch.Ask(t.Context(), func(det *detect.Detector) { b = det.Remember() }); err != nil {
		t.Fatal(err)
	}
	return b
}

// TestMemoryOutlivesARestart: the second detector, which begins with another
// seed, knows what the first one did.
func TestMemoryOutlivesARestart(t *testing.T) {
	path := filepath.Join(t.TempDir(), "klaxon.db")
	first, said := thinker(t, path, 1)
	first.recall(t.Context()) // of an empty store
	first.remember(t.Context())
	want := first.knows(t)
	first.keeper.Close()

	second, saidToo := thinker(t, path, 2)
	if bytes.Equal(second.knows(t), want) {
		t.Fatal("two detectors know the same from the start")
	}
	second.recall(t.Context())
	if !bytes.Equal(second.knows(t), want) {
		t.Error("the second one does not know what the first did")
	}
	if said.Len()+saidToo.Len() > 0 {
		t.Errorf("said: %s%s", said, saidToo)
	}
}

func TestDamagedMemoryIsMadeAnew(t *testing.T) {
	d, said := thinker(t, filepath.Join(t.TempDir(), "klaxon.db"), 1)
	if err := d.keeper.SaveMemory("living-hosts", []byte("not what it was")); err != nil {
		t.Fatal(err)
	}
	before := d.knows(t)
	d.recall(t.Context())
	if !bytes.Equal(d.knows(t), before) || !strings.Contains(said.String(), "the memory living-hosts in the store is damaged") {
		t.Errorf("said: %s", said)
	}
	said.Reset()
	d.remember(t.Context())
	if d.recall(t.Context()); said.Len() > 0 {
		t.Errorf("said: %s", said)
	}
}
