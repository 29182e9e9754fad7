package storetest

import (
	"bytes"
	"errors"
	"fmt"
	"testing"

	"klaxon"
	"klaxon/internal/chain"
	"klaxon/internal/sink/sinktest"
	"klaxon/internal/store"
)

const shareLimit = 2 << 20

// share: whatever touches come, alarms and their packets stay; and whatever alarms
// come, touches have what is theirs. Both chains are whole for all that.
func share(t *testing.T, open Open) {
	var anchors []string
	s := open(t, t.TempDir(), Limits{MaxBytes: shareLimit, Announce: func(a chain.Anchor) bool { anchors = append(anchors, a.String()); return true }})
	defer s.Close()
	packets := bytes.Repeat([]byte("p"), 16<<10)
	a := sinktest.Alarm("the one")
	emit(t, s, a)
	if err := s.SaveEvidence(a.ID, packets); err != nil {
		t.Fatal(err)
	}
	flood := func(what string, rounds int, batch func(int) []klaxon.Record) {
		for i := range rounds {
			emit(t, s, batch(i)...)
			anchors = append(anchors, s.Anchors()...)
			if _, err := s.Prune(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		if st, err := s.Stats(t.Context()); err != nil || st.Bytes > shareLimit {
			t.Errorf("after a flood of %s: %+v, %v", what, st, err)
		}
		verify(t, s, anchors)
	}
	flood("touches", 12, func(int) []klaxon.Record { return touches(1000) })
	if first := chainOf(t, s, chain.Touches).First; first == 1 {
		t.Fatal("no touch was forgotten: nothing was tested")
	}
	if got, err := s.Evidence(t.Context(), a.ID); err != nil || !bytes.Equal(got, packets) {
		t.Errorf("touches pushed the packets out: %d bytes, %v", len(got), err)
	}
	if got, err := s.Alarm(t.Context(), a.ID); err != nil || len(got.Records) != 1 {
		t.Errorf("touches pushed the alarm out: %+v, %v", got, err)
	}
	flood("alarms", 12, func(round int) []klaxon.Record {
		batch := make([]klaxon.Record, 300)
		for i := range batch {
			a := sinktest.Alarm(fmt.Sprint(round, i))
			a.ID = id("z")
			batch[i] = a
		}
		return batch
	})
	if _, err := s.Alarm(t.Context(), a.ID); !errors.Is(err, store.ErrNotFound) {
		t.Fatalf("no alarm was forgotten: nothing was tested: %v", err)
	}
	// A touch takes less than 600 bytes with all that belongs to it.
	if c := chainOf(t, s, chain.Touches); c.Head.Seq-c.First < shareLimit/2/600 {
		t.Errorf("alarms pushed touches out: %d to %d are left", c.First, c.Head.Seq)
	}
}

func chainOf(t *testing.T, s store.Store, name chain.Name) store.Chain {
	t.Helper()
	st, err := s.Stats(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range st.Chains {
		if c.Name == name {
			return c
		}
	}
	t.Fatalf("no chain of %s in %+v", name, st)
	return store.Chain{}
}
