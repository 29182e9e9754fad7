package main

import (
	"context"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"klaxon/internal/pipeline"
	"klaxon/internal/policy"
)

// TestHeldBackOutlivesAKill: what is held back and told nobody is in the store, until it
// is told.
func TestHeldBackOutlivesAKill(t *testing.T) {
	path := filepath.Join(t.TempDir(), "klaxon.db")
	want := pipeline.Held{Notify: pipeline.Missed{Count: 17, Since: time.Unix(1_800_000_000, 5).UTC()}}
	first, _ := thinker(t, path, 1)
	if got := first.heldBefore(); got != (pipeline.Held{}) {
		t.Errorf("of an empty store: %+v", got)
	}
	first.pipe = pipeline.New(pipeline.Config{Zone: policy.Zones{}.Of, Held: want})
	ctx, end := context.WithCancel(t.Context())
	end() // it is killed before anything is told; the last look is as each before
	first.tendHeld(ctx)
	first.keeper.Close()

	second, said := thinker(t, path, 2)
	if got := second.heldBefore(); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
	second.pipe = pipeline.New(pipeline.Config{Zone: policy.Zones{}.Of})
	second.tendHeld(ctx)
	if got := second.heldBefore(); got != (pipeline.Held{}) {
		t.Errorf("all is told, and %+v is kept", got)
	}
	if said.Len() > 0 {
		t.Errorf("said: %s", said)
	}
	if err := second.keeper.SaveMemory(heldName, []byte("{")); err != nil {
		t.Fatal(err)
	}
	if got := second.heldBefore(); got != (pipeline.Held{}) || !strings.Contains(said.String(), "read the memory held-back") {
		t.Errorf("of a damaged one: %+v, said %q", got, said)
	}
	said.Reset()
	second.tendHeld(ctx)
	if got := second.heldBefore(); got != (pipeline.Held{}) || said.Len() > 0 {
		t.Errorf("made anew: %+v, said %q", got, said)
	}
}
