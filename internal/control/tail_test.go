package control

import (
	"context"
	"io"
	"strings"
	"testing"
	"time"

	"klaxon"
)

func health(n uint64) klaxon.Record {
	return &klaxon.Health{Time: time.Unix(1, 0), What: klaxon.HealthTest, Count: n}
}

// TestTail: who follows gets each record in its order, and the end of klaxond is
// the end of it.
func TestTail(t *testing.T) {
	s, path := serve(t, &host{})
	ctx, stop := context.WithCancel(t.Context())
	var got []string
	begun, ended := make(chan struct{}), make(chan error)
	go func() {
		ended <- NewClient(path).Tail(ctx, func() { close(begun) }, func(line []byte, missed uint64) bool {
			if missed != 0 {
				t.Errorf("missed %d", missed)
			}
			if got = append(got, string(line)); len(got) == 100 {
				stop()
			}
			return true
		})
	}()
	<-begun
	for n := range uint64(50) {
		if k, err := s.hub.Emit([]klaxon.Record{health(2 * n), health(2*n + 1)}); k != 2 || err != nil {
			t.Fatal(k, err)
		}
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
	for n, line := range got {
		r, err := Recall([]byte(line))
		if err != nil || r.(*klaxon.Health).Count != uint64(n) {
			t.Errorf("line %d is %s", n, line)
		}
	}
	waitFor(t, "the follower to be forgotten", func() bool { return s.hub.following() == 0 })
}

// TestSlowTail: who does not read holds up nobody, and what is missed is counted
// exactly: taken + missed = emitted.
func TestSlowTail(t *testing.T) {
	s, path := serve(t, &host{})
	const records = 200_000
	begun, read := make(chan struct{}), make(chan struct{})
	var taken, missed uint64
	ended := make(chan error)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	go func() {
		ended <- NewClient(path).Tail(ctx, func() { close(begun); <-read }, func(line []byte, n uint64) bool {
			if missed += n; n == 0 {
				taken++
			}
			return taken+missed < records
		})
	}()
	<-begun
	batch := []klaxon.Record{health(1), health(2)}
	for range records / 2 {
		s.hub.Emit(batch)
	}
	lost := s.hub.missed.Load()
	close(read)
	if err := <-ended; err != nil && !strings.Contains(err.Error(), "ended") {
		t.Error(err)
	}
	if lost == 0 || missed != lost || taken != records-lost {
		t.Errorf("%d taken and %d told as missed of %d, and %d counted", taken, missed, records, lost)
	}
}

func TestTailsAreBounded(t *testing.T) {
	s, path := serve(t, &host{})
	for range tailsMax {
		io.WriteString(dial(t, path), "GET /v1/tail HTTP/1.1\r\nHost: k\r\n\r\n")
	}
	waitFor(t, "all of them to follow", func() bool { return s.hub.following() == tailsMax })
	err := NewClient(path).Tail(t.Context(), func() { t.Error("one more follows") }, func([]byte, uint64) bool { return false })
	if err == nil || !strings.Contains(err.Error(), "follow already") {
		t.Errorf("one more is told %v", err)
	}
}
