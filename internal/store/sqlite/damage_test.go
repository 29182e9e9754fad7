package sqlite

import (
	"bytes"
	"database/sql"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"klaxon"
	"klaxon/internal/chain"
	"klaxon/internal/sink/sinktest"
)

// heard is what a store said of itself.
type heard []klaxon.Health

func (h *heard) tell(r klaxon.Health) { *h = append(*h, r) }

// only expects one statement, with a count and words.
func (h *heard) only(t *testing.T, count uint64, words ...string) {
	t.Helper()
	if len(*h) != 1 || (*h)[0].Count != count || (*h)[0].Output != "store" || count > 0 && (*h)[0].What != klaxon.HealthDisk {
		t.Fatalf("told %+v, want one with count %d", *h, count)
	}
	for _, w := range words {
		if !strings.Contains((*h)[0].Detail, w) {
			t.Errorf("told %q, which lacks %q", (*h)[0].Detail, w)
		}
	}
}

func emitOne(t *testing.T, s *Store) {
	t.Helper()
	if n, err := s.Emit([]klaxon.Record{sinktest.Touch(1)}); n != 1 || err != nil {
		t.Fatalf("Emit took %d: %v", n, err)
	}
}

// TestDamaged: a file that is no database is moved aside whole, and told.
func TestDamaged(t *testing.T) {
	for name, text := range map[string][]byte{
		"noise": bytes.Repeat([]byte("no database at all"), 500),
		"short": []byte("SQLite format 3\x00"),
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "klaxon.db")
			if err := os.WriteFile(path, text, 0o640); err != nil {
				t.Fatal(err)
			}
			var told heard
			s := mustOpen(t, Options{Path: path, Tell: told.tell})
			emitOne(t, s)
			told.only(t, 0, "damaged", "kept as "+path+".damaged-")
			moved, err := filepath.Glob(path + ".damaged-*")
			if err != nil || len(moved) != 1 {
				t.Fatalf("%v, %v", moved, err)
			}
			if got, err := os.ReadFile(moved[0]); err != nil || !bytes.Equal(got, text) {
				t.Errorf("%d bytes of %d are kept: %v", len(got), len(text), err)
			}
		})
	}
}

// TestDamagedInUse: pages go bad below a running store. It ends up with a file
// that takes records, and says how many went with the old one.
func TestDamagedInUse(t *testing.T) {
	path, _ := filled(t)
	var told heard
	s := mustOpen(t, Options{Path: path, Tell: told.tell})
	emitOne(t, s)
	s.mu.Lock()
	s.fail(errors.New("a test closes it")) // so that no page is in memory
	s.mu.Unlock()
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	info, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	f.WriteAt(bytes.Repeat([]byte{0xa5}, int(info.Size())-pageSize), pageSize)
	f.Close()
	for try := 0; ; try++ {
		if n, err := s.Emit([]klaxon.Record{sinktest.Touch(1)}); n == 1 {
			break
		} else if try == 5 {
			t.Fatal(err)
		}
	}
	told.only(t, 83, "damaged")
	if r := verifyFile(t, path, nil); !r.OK() || r.Records() != 1 {
		t.Errorf("%+v", r)
	}
}

// TestDamagedIndex: the file opens well, and fails at each write.
func TestDamagedIndex(t *testing.T) {
	path, _ := filled(t)
	db, err := sql.Open("sqlite", dsn(path))
	if err != nil {
		t.Fatal(err)
	}
	var page int64
	if err := db.QueryRow("SELECT rootpage FROM sqlite_schema WHERE name = 'touches_src'").Scan(&page); err != nil {
		t.Fatal(err)
	}
	db.Close()
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	f.WriteAt(bytes.Repeat([]byte{0xa5}, pageSize), (page-1)*pageSize)
	f.Close()
	var told heard
	s := mustOpen(t, Options{Path: path, Tell: told.tell})
	if n, err := s.Emit([]klaxon.Record{sinktest.Touch(1)}); n != 0 || !errors.Is(err, errDamaged) {
		t.Fatalf("%d, %v", n, err)
	}
	emitOne(t, s)
	told.only(t, 82, "damaged", "kept as")
	if stats, err := s.Stats(t.Context()); err != nil || stats.Touches != 1 || stats.Failing != "" {
		t.Errorf("%+v, %v", stats, err)
	}
}

// TestBitRot flips single bits all over a file: the verification finds it, or
// the database cannot be read, or it is where nothing stands.
func TestBitRot(t *testing.T) {
	path, anchors := filled(t)
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(3, 4))
	found, harmless := 0, 0
	for range 150 {
		rotten := bytes.Clone(whole)
		at := r.IntN(len(rotten))
		rotten[at] ^= 1 << r.IntN(8)
		copyPath := filepath.Join(t.TempDir(), "klaxon.db")
		if err := os.WriteFile(copyPath, rotten, 0o640); err != nil {
			t.Fatal(err)
		}
		reader := OpenReader(copyPath)
		report, err := reader.Verify(t.Context(), strings.NewReader(strings.Join(anchors, "\n")))
		reader.Close()
		switch {
		case err != nil || !report.OK():
			found++
		case report.Records() != 82 || report.Anchors() != 4:
			t.Errorf("byte %d: %+v", at, report)
		default:
			harmless++ // free space, an index, or a page of another table
		}
	}
	t.Logf("%d of 150 bits were found, %d changed no record", found, harmless)
	if found < 15 {
		t.Errorf("only %d of 150 bits were found", found)
	}
}

func TestNotOurs(t *testing.T) {
	path := filepath.Join(t.TempDir(), "klaxon.db")
	tamper(t, path, "CREATE TABLE t (x); INSERT INTO t VALUES (1)")
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	s, err := Open(Options{Path: path, UID: -1})
	if err == nil || !strings.Contains(err.Error(), "something else") {
		t.Errorf("%v", err)
	}
	if n, err := s.Emit([]klaxon.Record{sinktest.Touch(1)}); n != 0 || err == nil {
		t.Errorf("took %d", n)
	}
	s.Close()
	if after, err := os.ReadFile(path); err != nil || !bytes.Equal(before, after) {
		t.Errorf("somebody else's file was changed: %v", err)
	}
}

func TestNewer(t *testing.T) {
	path, _ := filled(t)
	tamper(t, path, "PRAGMA user_version = 3")
	s, err := Open(Options{Path: path, UID: -1})
	if err == nil || !strings.Contains(err.Error(), "newer klaxond") {
		t.Errorf("%v", err)
	}
	s.Close()
}

func TestLocked(t *testing.T) {
	path := filepath.Join(t.TempDir(), "klaxon.db")
	first := mustOpen(t, Options{Path: path})
	second, err := Open(Options{Path: path, UID: -1})
	if !errors.Is(err, syscall.EBUSY) || !strings.Contains(err.Error(), "another klaxond") {
		t.Fatalf("%v", err)
	}
	defer second.Close()
	emitOne(t, first)
	if n, err := second.Emit([]klaxon.Record{sinktest.Touch(1)}); n != 0 || err == nil {
		t.Errorf("the second took %d", n)
	}
	first.Close()
	emitOne(t, second)
	if second.Head(chain.Touches).Seq != 2 {
		t.Errorf("head at %d, want the chain of the first to go on", second.Head(chain.Touches).Seq)
	}
}

func TestNoFile(t *testing.T) {
	dir := t.TempDir()
	if err := os.Symlink("/etc/passwd", filepath.Join(dir, "link")); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{filepath.Join(dir, "link"), dir} {
		s, err := Open(Options{Path: path, UID: -1})
		if err == nil || !strings.Contains(err.Error(), "no regular file") {
			t.Errorf("%s: %v", path, err)
		}
		s.Close()
	}
	if s, err := Open(Options{}); err == nil || s != nil {
		t.Errorf("no path: %v", err)
	}
}

// TestMoved: somebody moves or deletes the file, or its folder, while it is in
// use.
func TestMoved(t *testing.T) {
	for name, move := range map[string]func(string) error{
		"moved":   func(path string) error { return os.Rename(path, path+".old") },
		"deleted": os.Remove,
		"folder":  func(path string) error { return os.RemoveAll(filepath.Dir(path)) },
	} {
		t.Run(name, func(t *testing.T) {
			var told heard
			path := filepath.Join(t.TempDir(), "klaxon", "klaxon.db")
			s := mustOpen(t, Options{Path: path, Tell: told.tell})
			for range 3 {
				emitOne(t, s)
			}
			if err := move(path); err != nil {
				t.Fatal(err)
			}
			emitOne(t, s)
			told.only(t, 3, "moved or deleted")
			if r := verifyFile(t, path, nil); !r.OK() || r.Records() != 1 {
				t.Errorf("%+v", r)
			}
			if stats, err := s.Stats(t.Context()); err != nil || stats.Touches != 1 || stats.Failing != "" {
				t.Errorf("%+v, %v", stats, err)
			}
		})
	}
}

// TestReopened: after a failure, records that were written without a receipt are
// taken back, and those with one are there.
func TestReopened(t *testing.T) {
	path := filepath.Join(t.TempDir(), "klaxon.db")
	var told heard
	s := mustOpen(t, Options{Path: path, Tell: told.tell})
	emitOne(t, s)
	before := s.at
	emitOne(t, s)
	s.mu.Lock()
	s.at = before // as if the second had no receipt
	s.fail(errors.New("a test closes it"))
	s.mu.Unlock()
	if stats, err := s.Stats(t.Context()); err != nil || stats.Failing != "a test closes it" {
		t.Errorf("%+v, %v", stats, err)
	}
	emitOne(t, s)
	if r := verifyFile(t, path, nil); !r.OK() || r.Records() != 2 || r.Part(chain.Touches).Head != s.Head(chain.Touches) {
		t.Errorf("%+v", r)
	}
	if len(told) != 0 {
		t.Errorf("told %+v", told)
	}
	tamperClosed(t, s, "DELETE FROM touches WHERE seq = 2")
	emitOne(t, s)
	told.only(t, 1, "lost the last 1 records of touches")
}

// tamperClosed changes the file while the store has it closed.
func tamperClosed(t *testing.T, s *Store, q string) {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fail(errors.New("a test closes it"))
	tamper(t, s.path, q)
}

// TestSlowReader: somebody who reads for long holds nobody up, and the log that
// grew meanwhile is small again afterwards.
func TestSlowReader(t *testing.T) {
	path := filepath.Join(t.TempDir(), "klaxon.db")
	s := mustOpen(t, Options{Path: path})
	emitOne(t, s)
	db, err := s.pool()
	if err != nil {
		t.Fatal(err)
	}
	tx, err := db.Begin()
	if err != nil {
		t.Fatal(err)
	}
	count := func() (n int) {
		if err := tx.QueryRow("SELECT count(*) FROM touches").Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	if n := count(); n != 1 {
		t.Fatalf("%d records", n)
	}
	emit := func(times int) {
		batch := make([]klaxon.Record, 200)
		for i := range batch {
			batch[i] = &klaxon.Health{Time: sinktest.Touch(1).Time, What: klaxon.HealthDrops, Detail: strings.Repeat("x", 1000)}
		}
		batch[0] = sinktest.Touch(1)
		for range times {
			if n, err := s.Emit(batch); n != len(batch) || err != nil {
				t.Fatalf("%d, %v", n, err)
			}
		}
	}
	emit(2 * logKeep / (200 * 1000))
	if info, err := os.Stat(path + "-wal"); err != nil || info.Size() <= logKeep+4<<20 {
		t.Fatalf("the log has %d bytes: the reader does not hold it, or the test is too small: %v", info.Size(), err)
	}
	if n := count(); n != 1 {
		t.Errorf("the reader sees %d records, want the one that was there", n)
	}
	tx.Rollback()
	emit(10)
	info, err := os.Stat(path + "-wal")
	if err != nil || info.Size() > logKeep+4<<20 {
		t.Errorf("the log has %d bytes, want at most %d: %v", info.Size(), logKeep+4<<20, err)
	}
}

// TestClockLeap: a clock set a year ahead makes nobody forget anything.
func TestClockLeap(t *testing.T) {
	day := time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)
	now := day
	s := mustOpen(t, Options{Path: filepath.Join(t.TempDir(), "klaxon.db"), MaxAge: 24 * time.Hour, Now: func() time.Time { return now }})
	touch := sinktest.Touch(1)
	touch.Time = now
	if _, err := s.Emit([]klaxon.Record{touch}); err != nil {
		t.Fatal(err)
	}
	for _, leap := range []time.Duration{365 * 24 * time.Hour, -365 * 24 * time.Hour, 25 * time.Hour} {
		now = day.Add(leap)
		for range 3 {
			if got, err := s.Prune(t.Context()); err != nil || got.Touches+got.Others != 0 {
				t.Errorf("%s away: %+v, %v", leap, got, err)
			}
		}
	}
}

func TestClock(t *testing.T) {
	day := time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)
	const hour, year = time.Hour, 365 * 24 * time.Hour
	type reading struct {
		day, ran time.Duration // since day, since the start
		trusted  bool
	}
	for name, c := range map[string]struct {
		newest   time.Time
		readings []reading
	}{
		"steady":          {day, []reading{{0, 0, true}, {hour, hour, true}, {100 * hour, 100 * hour, true}}},
		"empty":           {time.Time{}, []reading{{0, 0, true}}},
		"a leap":          {day, []reading{{0, 0, true}, {year, hour, false}, {year + hour, 2 * hour, false}, {year + 24*hour, 25 * hour, true}}},
		"there and back":  {day, []reading{{year, hour, false}, {2 * hour, 2 * hour, false}, {26 * hour, 26 * hour, true}}},
		"off for a week":  {day.Add(-7 * 24 * hour), []reading{{0, 0, false}, {23 * hour, 23 * hour, false}, {24 * hour, 24 * hour, true}}},
		"newest to come":  {day.Add(year), []reading{{0, 0, false}, {24 * hour, 24 * hour, true}}},
		"summer time, ok": {day, []reading{{hour, 0, true}, {0, hour, true}}},
	} {
		t.Run(name, func(t *testing.T) {
			var k clock
			k.begin(day, 0, c.newest)
			for _, r := range c.readings {
				if got := k.trusted(day.Add(r.day), r.ran); got != r.trusted {
					t.Errorf("%s on the clock, %s run: trusted %v", r.day, r.ran, got)
				}
			}
		})
	}
}
