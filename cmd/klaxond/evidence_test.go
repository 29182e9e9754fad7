package main

import (
	"bytes"
	"errors"
	"io"
	"testing"
	"time"

	"klaxon"
	"klaxon/internal/evidence"
	"klaxon/internal/store"
	"klaxon/internal/watch/capture"
)

// TestLeaf: what is kept of an alarm reads as a capture file, and the most that
// it can be fits in the store.
func TestLeaf(t *testing.T) {
	l := leaf{ifaces: []capture.Interface{{Name: "eth0", Drops: 7}}}
	for i := range evidence.FramesMax {
		l.frames = append(l.frames, evidence.Frame{At: int64(i), Length: 1500, Data: bytes.Repeat([]byte{byte(i)}, evidence.DataMax)})
	}
	data, err := l.file("tocsin seed=1")
	if err != nil || len(data) > store.EvidenceMax {
		t.Fatalf("%d bytes, %v", len(data), err)
	}
	r, err := capture.NewReader(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for ; ; n++ {
		f, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil || f.Time != int64(n) || f.Length != 1500 || len(f.Data) != evidence.DataMax || f.Data[0] != byte(n) {
			t.Fatalf("frame %d: %+v, %v", n, f, err)
		}
	}
	if n != evidence.FramesMax || r.Comment() != "tocsin seed=1" {
		t.Errorf("%d frames, comment %q", n, r.Comment())
	}
}

// TestConfess: what was not kept is told, with its count, once a minute.
func TestConfess(t *testing.T) {
	var told []uint64
	w := &witness{tell: func(h klaxon.Health) { told = append(told, h.Count) }}
	now := time.Unix(1_800_000_000, 0)
	w.confess(now)
	for range 3 {
		w.lost += 2
		w.confess(now)
		now = now.Add(40 * time.Second)
	}
	if len(told) != 2 || told[0] != 2 || told[1] != 4 {
		t.Errorf("told %v, want 2 at once and 4 after a minute", told)
	}
}

// TestSaveFails: a store that fails is told once, and what comes when it is well
// again is kept.
func TestSaveFails(t *testing.T) {
	var kept, told int
	fails := 2
	w := &witness{
		tell: func(klaxon.Health) { told++ }, queue: make(chan leaf, 4), done: make(chan struct{}),
		save: func(string, []byte) error {
			if fails > 0 {
				fails--
				return errors.New("no room")
			}
			kept++
			return nil
		},
	}
	for range 4 {
		w.queue <- leaf{alarm: "a"}
	}
	go w.run()
	w.close()
	if kept != 2 || told != 1 {
		t.Errorf("kept %d, told %d", kept, told)
	}
}
