package sqlite

import (
	"errors"
	"path/filepath"
	"testing"

	"klaxon"
	"klaxon/internal/chain"
	"klaxon/internal/sink/sinktest"
)

// TestPruneThatFailed: a prune whose sync failed may be in the file after all. Then what
// it forgot is gone, and the record that signs it off stays; a batch is taken back.
func TestPruneThatFailed(t *testing.T) {
	path := filepath.Join(t.TempDir(), "klaxon.db")
	var told heard
	s := mustOpen(t, Options{Path: path, Tell: told.tell})
	batch := make([]klaxon.Record, 1000)
	for i := range batch {
		batch[i] = sinktest.Touch(uint16(i))
	}
	for range 10 {
		if _, err := s.Emit(batch); err != nil {
			t.Fatal(err)
		}
	}
	fails := func(before state) {
		t.Helper()
		s.mu.Lock()
		s.at = before
		s.fail(errors.New("a test closes it"))
		s.mu.Unlock()
		emitOne(t, s)
		got := verifyFile(t, path, s.Anchors())
		if !got.OK() {
			t.Errorf("%+v", got.Faults)
		}
	}
	before := s.at
	forget(t, s, 1_000_000)
	fails(before)
	after := s.Head(chain.Touches).Seq
	before = s.at
	if _, err := s.Emit(batch); err != nil {
		t.Fatal(err)
	}
	fails(before)
	if got := s.Head(chain.Touches).Seq; got != after+1 {
		t.Errorf("the chain ends at %d, want %d: what had no receipt is taken back", got, after+1)
	}
	if len(told) > 0 {
		t.Errorf("told %+v", told)
	}
}
