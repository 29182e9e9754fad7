package sqlite

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"klaxon"
	"klaxon/internal/chain"
	"klaxon/internal/sink/sinktest"
)

// hide gives something in the file a name that begins as those of SQLite itself.
func hide(create, name string) string {
	return strings.ReplaceAll(create, "NAME", "ttt") + `; PRAGMA writable_schema = on;
		UPDATE sqlite_schema SET name = '` + name + `', tbl_name = replace(tbl_name, 'ttt', '` + name + `'),
		sql = replace(sql, 'ttt', '` + name + `') WHERE name = 'ttt'; PRAGMA writable_schema = off`
}

// TestHiddenLayout: what is not klaxond's is found whatever its name is, by who
// verifies and by who opens.
func TestHiddenLayout(t *testing.T) {
	for what, c := range map[string]struct{ sql, says string }{
		"a trigger": {hide(`CREATE TRIGGER NAME BEFORE INSERT ON alarms BEGIN SELECT RAISE(IGNORE); END`, "sqlite_t"), `a "trigger" called "sqlite_t"`},
		"a trigger that is called as the index": {hide(`CREATE TRIGGER NAME BEFORE INSERT ON alarms BEGIN SELECT RAISE(IGNORE); END`, "sqlite_autoindex_memory_1"),
			`a "trigger" called "sqlite_autoindex_memory_1"`},
		"a table":                      {hide(`CREATE TABLE NAME (x)`, "sqlite_z"), `a "table" called "sqlite_z"`},
		"a view":                       {hide(`CREATE VIEW NAME AS SELECT 1`, "sqlite_v"), `a "view" called "sqlite_v"`},
		"an index of somebody's table": {`CREATE TABLE aaa (x UNIQUE)`, `a "table" called "aaa"`},
	} {
		t.Run(what, func(t *testing.T) {
			path, anchors := filled(t)
			tamper(t, path, c.sql)
			got := verifyFile(t, path, anchors)
			if got.Whole() || got.Faults[0].Kind != chain.FaultDamaged || !strings.Contains(got.Faults[0].Text, c.says) {
				t.Errorf("found %+v, want %s", got.Faults, c.says)
			}
			var told heard
			s := mustOpen(t, Options{Path: path, Tell: told.tell})
			if n, err := s.Emit([]klaxon.Record{sinktest.Alarm("x")}); n != 1 || err != nil {
				t.Errorf("%d, %v", n, err)
			}
			told.only(t, 0, c.says)
		})
	}
}

// TestHeader: a header that makes klaxond put the store aside, or refuse it, is not
// well.
func TestHeader(t *testing.T) {
	for sql, says := range map[string]string{
		"PRAGMA user_version = 0":   "its header says layout 0, and its tables are of layout 2",
		"PRAGMA user_version = 1":   "its header says layout 1, and its tables are of layout 2",
		"PRAGMA user_version = 3":   "its header says layout 3, and its tables are of layout 2",
		"PRAGMA application_id = 7": "its header says that it is a database of something else (application 0x7)",
	} {
		t.Run(sql, func(t *testing.T) {
			path, anchors := filled(t)
			tamper(t, path, sql)
			got := verifyFile(t, path, anchors)
			if got.FaultCount != 1 || got.Whole() || got.Faults[0].Kind != chain.FaultDamaged || !strings.Contains(got.Faults[0].Text, says) {
				t.Errorf("found %+v, want %s", got.Faults, says)
			}
			if got.Records() != 82 {
				t.Errorf("looked at %d records", got.Records())
			}
			if strings.Contains(sql, "= 3") {
				return // a newer klaxond's is not touched, see TestNewer
			}
			var told heard
			s := mustOpen(t, Options{Path: path, Tell: told.tell})
			if id, _ := s.Stats(t.Context()); id.ID != got.Store {
				t.Errorf("the store was not taken, but %s begun", id.ID)
			}
			told.only(t, 0, "said in its header")
			if again := verifyFile(t, path, anchors); !again.OK() {
				t.Errorf("the header is as it was: %+v", again.Faults)
			}
		})
	}
}

// TestHeaderBytes: bytes of the header that are in no hash, and with which klaxond cannot
// write or puts the store aside.
func TestHeaderBytes(t *testing.T) {
	for what, c := range map[string]struct {
		at   int64
		to   []byte
		says string
	}{
		"one that may not be written":  {18, []byte{3}, "it may be read and not written (version 3 in byte 18)"},
		"pages that are used in part":  {20, []byte{1}, "1 bytes of each page are not used (byte 20)"},
		"free pages that are not":      {36, []byte{0, 0, 0, 9}, "says that 9 pages are free, and "},
		"no free page":                 {36, []byte{0, 0, 0, 0}, "says that 0 pages are free, and "},
		"a list of free pages nowhere": {32, []byte{0, 1, 0, 0}, "its list of free pages leads to page 65536"},
		"a list of a page of records":  {32, []byte{0, 0, 0, 2}, "its list of free pages leads to page "},
	} {
		t.Run(what, func(t *testing.T) {
			path, anchors := filled(t)
			// With many free pages, that the list has more than one page.
			tamper(t, path, `CREATE TABLE big (x); INSERT INTO big VALUES (zeroblob(6000000)); DROP TABLE big; PRAGMA wal_checkpoint(truncate)`)
			if got := verifyFile(t, path, anchors); !got.OK() {
				t.Fatalf("before: %+v", got.Faults)
			}
			f, err := os.OpenFile(path, os.O_WRONLY, 0)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := f.WriteAt(c.to, c.at); err != nil {
				t.Fatal(err)
			}
			f.Close()
			got := verifyFile(t, path, anchors)
			if got.FaultCount != 1 || got.Whole() || got.Faults[0].Kind != chain.FaultDamaged || !strings.Contains(got.Faults[0].Text, c.says) {
				t.Errorf("found %+v, want %s", got.Faults, c.says)
			}
			if got.Records() != 82 {
				t.Errorf("looked at %d records", got.Records())
			}
		})
	}
}

// TestStatistics: what SQLite keeps of ANALYZE is no reason to doubt a store.
func TestStatistics(t *testing.T) {
	path, anchors := filled(t)
	tamper(t, path, "ANALYZE")
	if got := verifyFile(t, path, anchors); !got.OK() {
		t.Errorf("%+v", got.Faults)
	}
	var told heard
	s := mustOpen(t, Options{Path: path, Tell: told.tell})
	emitOne(t, s)
	if len(told) > 0 {
		t.Errorf("told %+v", told)
	}
}

// TestUnreadableCells: a cell of another class in the newest or oldest record keeps
// klaxond neither from starting nor from forgetting.
func TestUnreadableCells(t *testing.T) {
	for table, which := range map[string]string{"touches": "max", "evidence": "max", "alarms": "min", "touches ": "min"} {
		for _, cell := range []string{"place = 'x'", "time = 'x'", "place = x'00'", "hash = 'x'", "bytes = 'x'"} {
			if strings.HasPrefix(table, "touches") && strings.HasPrefix(cell, "bytes") {
				continue
			}
			t.Run(table+which+" "+cell, func(t *testing.T) {
				path, _ := filled(t)
				tamper(t, path, fmt.Sprintf("UPDATE %s SET %s WHERE seq = (SELECT %s(seq) FROM %[1]s)", table, cell, which))
				s := mustOpen(t, Options{Path: path})
				emitOne(t, s)
				s.opts.MaxBytes = 1
				if got, err := s.Prune(t.Context()); err != nil || got.Touches == 0 {
					t.Errorf("%+v, %v", got, err)
				}
				emitOne(t, s)
			})
		}
	}
}
