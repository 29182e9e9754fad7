package sqlite

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"klaxon"
	"klaxon/internal/chain"
	"klaxon/internal/sink/sinktest"
)

// TestNumbers: what was cut off the end of one chain is missed by the numbers that
// both share, without an anchor.
func TestNumbers(t *testing.T) {
	for sql, says := range map[string]string{
		`DELETE FROM touches`:                  "has the number 82, and touches (0) and all else (42) are 40 fewer",
		`DELETE FROM touches WHERE place > 10`: "has the number 82, and touches (10) and all else (42) are 30 fewer",
		`DELETE FROM touches WHERE place > 39`: "has the number 82, and touches (39) and all else (42) are 1 fewer",
		`DELETE FROM alarms WHERE seq > 75; DELETE FROM health WHERE seq > 75; DELETE FROM evidence WHERE seq > 75`: "has the number 81, and touches (40) and all else (39) are 2 fewer",
	} {
		path, _ := filled(t)
		tamper(t, path, sql)
		got := verifyFile(t, path, nil)
		if got.FaultCount != 1 || got.Faults[0].Kind != chain.FaultMissing || !strings.Contains(got.Faults[0].Text, says) {
			t.Errorf("%s: %+v, want %s", sql, got.Faults, says)
		}
	}
}

// TestNumbersHonest: prunes of each chain, a failure and what had no receipt leave
// no number that is missed; and what is cut off afterwards is.
func TestNumbersHonest(t *testing.T) {
	path := filepath.Join(t.TempDir(), "klaxon.db")
	s := mustOpen(t, Options{Path: path})
	mix := func() {
		t.Helper()
		batch := make([]klaxon.Record, 1000)
		for i := range batch {
			if batch[i] = sinktest.Touch(uint16(i)); i%3 == 0 {
				batch[i] = &klaxon.Health{Time: sinktest.Touch(1).Time, What: klaxon.HealthDrops, Detail: strings.Repeat("x", 500)}
			}
		}
		for range 6 {
			if n, err := s.Emit(batch); n != len(batch) || err != nil {
				t.Fatal(n, err)
			}
		}
	}
	well := func(when string) chain.Report {
		t.Helper()
		got := verifyFile(t, path, s.Anchors())
		if !got.OK() {
			t.Errorf("%s: %+v", when, got.Faults)
		}
		return got
	}
	mix()
	well("nothing pruned")
	forget(t, s, 1_000_000)
	well("touches pruned")
	before := s.at
	emitOne(t, s)
	s.mu.Lock()
	s.at = before
	s.fail(errors.New("a test closes it"))
	s.mu.Unlock()
	mix()
	well("after a failure")
	s.opts.MaxBytes = 1 << 20
	if got, err := s.Prune(t.Context()); err != nil || got.Others == 0 {
		t.Fatalf("%+v, %v", got, err)
	}
	s.opts.MaxBytes = 0
	mix()
	if got := well("both pruned"); got.Part(chain.Touches).Base.Seq == 0 || got.Part(chain.Alarms).Base.Seq == 0 {
		t.Errorf("not both were: %+v", got.Chains)
	}
	s.Close()
	// Also below the first record that the other chain has left.
	for _, sql := range []string{
		"DELETE FROM touches WHERE seq > (SELECT max(seq) - 100 FROM touches)",
		"DELETE FROM touches; DELETE FROM touch_prunes WHERE seq > (SELECT min(seq) FROM touch_prunes)",
	} {
		tamper(t, path, sql)
		if got := verifyFile(t, path, nil); got.FaultCount == 0 || got.Faults[len(got.Faults)-1].Kind != chain.FaultMissing {
			t.Errorf("%s: %+v", sql, got.Faults)
		}
	}
}
