package sqlite

import (
	"context"
	"database/sql"
	"io"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"klaxon"
	"klaxon/internal/chain"
	"klaxon/internal/sink/sinktest"
)

// pour emits so many touches, in batches as a flood has them.
func pour(t *testing.T, s *Store, n int) {
	t.Helper()
	for left := n; left > 0; left -= 1000 {
		batch := make([]klaxon.Record, min(left, 1000))
		for i := range batch {
			batch[i] = sinktest.Touch(uint16(left + i))
		}
		if k, err := s.Emit(batch); k != len(batch) || err != nil {
			t.Fatalf("%d, %v", k, err)
		}
	}
}

// TestPrunedMeanwhile: records are forgotten between two steps of a verification,
// some that it has looked at, or more than those.
func TestPrunedMeanwhile(t *testing.T) {
	for name, bytes := range map[string]int64{"looked at": 500_000, "not yet": 4_700_000} {
		t.Run(name, func(t *testing.T) {
			s := mustOpen(t, Options{Path: filepath.Join(t.TempDir(), "klaxon.db")})
			pour(t, s, verifyStep/2)
			anchors := s.Anchors()
			pour(t, s, 2*verifyStep)
			anchors = append(anchors, s.Anchors()...)
			v, _, known, err := s.begin(t.Context())
			if err != nil || !known {
				t.Fatal(known, err)
			}
			for _, line := range anchors {
				v.Anchor(anchorIn(t, line))
			}
			at := walked{Walk: v.Chain(chain.Touches), strand: touchStrand, query: touchStrand.chained(true), place: -1}
			for at.place < 3000 { // a slow machine takes more steps to there
				if err := s.view(t.Context(), func(tx *sql.Tx) error { _, err := at.step(t.Context(), tx); return err }); err != nil {
					t.Fatal(err)
				}
			}
			looked := uint64(at.place)
			forget(t, s, bytes)
			pour(t, s, 10)
			if err := s.walk(t.Context(), &at); err != nil {
				t.Fatal(err)
			}
			if err := s.walk(t.Context(), &walked{Walk: v.Chain(chain.Alarms), strand: alarmStrand, query: alarmStrand.chained(true), place: -1}); err != nil {
				t.Fatal(err)
			}
			report := v.Finish()
			p := report.Part(chain.Touches)
			passed := p.Base.Seq > looked
			if !report.OK() || p.Base.Seq == 0 || passed != (name == "not yet") || p.Head != s.Head(chain.Touches) || p.Anchors != 2 {
				t.Errorf("%+v", report)
			}
		})
	}
}

// forget prunes until so many bytes are free.
func forget(t *testing.T, s *Store, bytes int64) {
	t.Helper()
	st, err := s.Stats(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	s.opts.MaxBytes = st.Bytes - bytes
	if got, err := s.Prune(t.Context()); err != nil || got.Touches == 0 {
		t.Fatalf("%+v, %v", got, err)
	}
	s.opts.MaxBytes = 0
}

// logAtMost fails when the log is larger.
func logAtMost(t *testing.T, s *Store, limit int64) {
	t.Helper()
	if size := logSize(s.path); size > limit {
		t.Errorf("the log has %d bytes, want at most %d", size, limit)
	}
}

// TestAnchorsStandStill: whoever verifies with a log that does not come holds
// nothing up.
func TestAnchorsStandStill(t *testing.T) {
	s := mustOpen(t, Options{Path: filepath.Join(t.TempDir(), "klaxon.db"), MaxBytes: 4 << 20})
	pour(t, s, 2000)
	r := OpenReader(s.path)
	defer r.Close()
	in, out := io.Pipe()
	done := make(chan error)
	go func() { _, err := r.Verify(t.Context(), in); done <- err }()
	// It reads the log once this is taken.
	if _, err := io.WriteString(out, "a line\n"); err != nil {
		t.Fatal(err)
	}
	pour(t, s, 24_000) // with what is forgotten, 30 MiB of log if it is held
	logAtMost(t, s, logKeep)
	out.Close()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// TestVerifyInFlood: verifications one after the other while touches are kept and
// forgotten find nothing wrong, and the log is folded in between their steps.
func TestVerifyInFlood(t *testing.T) {
	s := mustOpen(t, Options{Path: filepath.Join(t.TempDir(), "klaxon.db"), MaxBytes: 8 << 20})
	pour(t, s, 10_000)
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error)
	verified := 0
	go func() {
		defer close(done)
		r := OpenReader(s.path)
		defer r.Close()
		for ctx.Err() == nil {
			report, err := r.Verify(t.Context(), strings.NewReader(strings.Join(s.Anchors(), "\n")))
			if err == nil && !report.OK() {
				t.Errorf("%+v", report)
			}
			if err != nil {
				done <- err
				return
			}
			verified++
		}
	}()
	for range 3 {
		pour(t, s, 8_000)
		logAtMost(t, s, logKeep+8<<20)
	}
	stop()
	if err, bad := <-done; bad {
		t.Error(err)
	}
	if verified == 0 {
		t.Error("no verification came to its end: nothing was tested")
	}
}

// TestHeld: a reader that does not end is told of, once, and in the statistics for
// as long as it is so.
func TestHeld(t *testing.T) {
	var told heard
	s := mustOpen(t, Options{Path: filepath.Join(t.TempDir(), "klaxon.db"), Tell: told.tell})
	emitOne(t, s)
	tx, err := raw(t, s.path).Begin()
	if err != nil {
		t.Fatal(err)
	}
	var n int
	if err := tx.QueryRow("SELECT count(*) FROM touches").Scan(&n); err != nil || n != 1 {
		t.Fatal(n, err)
	}
	batch := make([]klaxon.Record, 1000)
	for i := range batch {
		batch[i] = &klaxon.Health{Time: sinktest.Touch(1).Time, What: klaxon.HealthDrops, Detail: strings.Repeat("x", 4000)}
	}
	grow := func() {
		if n, err := s.Emit(batch); n != len(batch) || err != nil {
			t.Fatalf("%d, %v", n, err)
		}
	}
	for logSize(s.path) < logTold+8<<20 {
		grow()
	}
	told.only(t, 0, s.path+"-wal has grown to 6", "another program reads")
	if told[0].What != klaxon.HealthStore {
		t.Errorf("told as %s", told[0].What)
	}
	if st, err := s.Stats(t.Context()); err != nil || !strings.Contains(st.Held, "-wal has grown to 7") {
		t.Errorf("%q, %v", st.Held, err)
	}
	tx.Rollback()
	for range 4 {
		grow()
	}
	if st, err := s.Stats(t.Context()); err != nil || st.Held != "" || s.held {
		t.Errorf("nobody reads any more: %q, %v", st.Held, err)
	}
}

// TestFuture: a touch that says it is of a year to come is forgotten with those
// that came after it, and keeps none of them.
func TestFuture(t *testing.T) {
	now := sinktest.Touch(1).Time.Add(time.Minute)
	s := mustOpen(t, Options{Path: filepath.Join(t.TempDir(), "klaxon.db"), MaxAge: 24 * time.Hour, Now: func() time.Time { return now }})
	future := sinktest.Touch(1)
	future.Time = now.AddDate(200, 0, 0)
	emitOne(t, s)
	if _, err := s.Emit([]klaxon.Record{future}); err != nil {
		t.Fatal(err)
	}
	emitOne(t, s)
	for range 25 {
		now = now.Add(time.Hour)
		if _, err := s.Prune(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if st, err := s.Stats(t.Context()); err != nil || st.Touches != 0 {
		t.Errorf("%d touches are left, %v", st.Touches, err)
	}
}
